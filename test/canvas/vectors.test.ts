import { describe, expect, test } from 'vitest';
import {
  type CanvasPlan,
  type NextId,
  planBody,
  planCallbacks,
  planCanvas,
  planErrbacks,
  planNextStep,
  planReplacement,
} from '../../lib/canvas/index.ts';
import { Celery, chain, group, type Signature } from '../../lib/index.ts';
import type { Embed, WireSignature } from '../../lib/protocol/index.ts';
import { countedIds, groupsOf, readVector, type Sent, sentBy, withNumberedIds } from './plans.ts';
import { vectorCommands } from './vector-commands.ts';

/** The application of the vectors, which plans what it is to send instead of sending it. */
class PlanningApp extends Celery {
  plan: CanvasPlan | undefined;

  override async send(call: Parameters<Celery['send']>[0]) {
    const { args, kwargs } = call;
    const signature = this.signature(call.task, args, { ...call.options, kwargs });
    return await this.apply(signature.toJSON());
  }

  override async apply(...[signature, application = {}]: Parameters<Celery['apply']>) {
    this.plan = planCanvas(signature, application, countedIds(), { replyTo: 'somebody' });
    return this.AsyncResult('planned');
  }
}

const app = new PlanningApp('interop', { engine: 'memory' });
const { commands, add, mul } = vectorCommands(app);

describe('what TypeScript sends is what Python sends, but for ids and times', () => {
  test.for(Object.keys(commands))('%s', async (name) => {
    await commands[name]?.();
    const plan = app.plan as CanvasPlan;

    const { messages, groups } = readVector(name);
    const own = sentBy(plan);
    const planned = { sent: own, groups: groups && groupsOf(plan).map(withoutParents) };
    const captured = { sent: messages.slice(0, own.length), groups: groups?.map(withoutParents) };
    expect(withNumberedIds(planned)).toEqual(withNumberedIds(captured));
  });
});

/** In a chord within a header, Python saves a parent that has not the id of any group that it makes. */
function withoutParents(tuple: unknown): unknown {
  const [[id], members] = tuple as [[string, unknown], readonly unknown[] | null];
  return [id, members?.map(withoutParents) ?? null];
}

/** How what follows one message of a run is planned. */
type Follow = (message: Sent, nextId: NextId, embed: Embed) => readonly CanvasPlan[];

const context = { replyTo: 'somebody' };

function nextStep(value: unknown): Follow {
  return ({ id, root }, nextId, { chain: rest }) => {
    const application = { parentId: String(id), rootId: String(root) };
    const plan = planNextStep(rest ?? [], value, application, nextId, context);
    return plan ? [plan] : [];
  };
}

function body(values: readonly unknown[]): Follow {
  return ({ id, root }, nextId, embed) => {
    const application = { parentId: String(id), rootId: String(root) };
    return [planBody(embed.chord as WireSignature, values, application, nextId, context)];
  };
}

function callbacks(value: unknown): Follow {
  return ({ id, root }, nextId, embed) => {
    const application = { parentId: String(id), rootId: String(root) };
    return planCallbacks(embed.callbacks ?? [], value, application, nextId, context);
  };
}

const errbacks: Follow = ({ id, root }, nextId, embed) => {
  const application = { parentId: String(id), rootId: String(root) };
  return [planErrbacks(embed.errbacks ?? [], String(id), application, nextId, context)];
};

const errbacksOfBody: Follow = (_, nextId, { chord: failed }) => {
  const { task_id, link_error } = (failed as WireSignature).options;
  const id = String(task_id);
  const application = { parentId: id, rootId: id };
  return [planErrbacks(link_error as WireSignature[], id, application, nextId, context)];
};

function replacement(signature: Signature): Follow {
  return ({ id, root, group: groupId, groupIndex, nesting }, nextId, embed) => {
    const replaced = {
      id: String(id),
      embed,
      group: groupId as string | null,
      groupIndex: groupIndex as number | null,
      rootId: String(root),
      replacedTaskNesting: Number(nesting),
    };
    return [planReplacement(replaced, signature.toJSON(), nextId, context)];
  };
}

/** Which message of a run is followed how, by how many messages from which on. */
const runs: readonly (readonly [
  vector: string,
  from: number,
  Follow,
  first: number,
  count: number,
])[] = [
  ['result-chain', 0, nextStep(3), 1, 1],
  ['result-chain', 1, nextStep(9), 2, 1],
  ['result-link', 0, callbacks(3), 1, 1],
  ['result-errback-old', 0, errbacks, 1, 1],
  ['chord-chain-upgrade', 0, nextStep(3), 1, 2],
  ['chord-chain-upgrade', 2, body([13, 23]), 3, 1],
  ['chord-chain-upgrade', 3, nextStep(36), 4, 1],
  ['chord-flow', 2, body([0, 2, 4]), 3, 1],
  ['chord-flow-ttl', 1, body([2, 4]), 2, 1],
  ['chord-body-group', 1, body([2, 4]), 2, 2],
  ['chord-nested', 1, body([2, 4]), 3, 1],
  ['chord-nested', 3, body([6, 6]), 4, 1],
  ['chord-fail-errback', 1, errbacksOfBody, 2, 1],
  ['replace-task', 0, replacement(add.s(4, 5)), 1, 1],
  ['replace-chain', 0, replacement(chain(add.s(4, 1), mul.s(2))), 1, 1],
  ['replace-chain', 1, nextStep(5), 2, 1],
  ['replace-chain', 2, nextStep(10), 3, 1],
  ['replace-group', 0, replacement(group([0, 1, 2].map((i) => add.s(i, i)))), 1, 3],
  ['replace-group', 3, body([0, 2, 4]), 4, 1],
  ['replace-group', 4, callbacks([0, 2, 4]), 5, 1],
];

describe('what follows a message is what a Python worker sends', () => {
  test.for(runs)('%s: after message %i', ([name, from, follow, first, count]) => {
    const { messages } = readVector(name);
    const source = messages[from] as Sent;

    const plans = follow(source, countedIds(), source.body[2] as Embed);

    expect(withNumberedIds([source, ...plans.flatMap(sentBy)])).toEqual(
      withNumberedIds([source, ...messages.slice(first, first + count)]),
    );
  });
});
