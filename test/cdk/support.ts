import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, vi } from 'vitest';
import { AppEndpoints, ResultTable, StateTable, type TaskQueue } from '../../cdk/index.ts';

// A process loads much of the CDK at its first synthesis, and a bundle starts esbuild.
vi.setConfig({ testTimeout: 60_000 });

/** A worker file that bundles in no time. */
export const workerEntry: string = fileURLToPath(
  new URL('../fixtures/cdk/worker.ts', import.meta.url),
);

/** What the stacks of a test file are synthesized into: left alone, the CDK makes folders that nobody removes. */
const synthesized = mkdtempSync(join(tmpdir(), 'celery-aws-cdk-'));
afterAll(() => rmSync(synthesized, { recursive: true }));

/** A stack whose functions are not bundled: what is bundled has a test of its own. */
export function aStack(): Stack {
  const outdir = mkdtempSync(join(synthesized, 'app-'));
  const app = new App({ outdir, context: { 'aws:cdk:bundling-stacks': [] } });
  return new Stack(app, 'Shop');
}

/** Endpoints of an application with these queues, the first one its default. */
export function someEndpoints(
  stack: Stack,
  queues: readonly [TaskQueue, ...TaskQueue[]],
): AppEndpoints {
  return new AppEndpoints(stack, 'Endpoints', {
    queues,
    defaultQueue: queues[0],
    resultTable: new ResultTable(stack, 'Results'),
    stateTable: new StateTable(stack, 'State'),
  });
}

/** What a role may do: action -> the logical ids of the resources it may do it to (`*` for all). */
export function allowedActions(stack: Stack, role: RegExp): Map<string, string[]> {
  const allowed = new Map<string, string[]>();
  for (const policy of resources(stack, 'AWS::IAM::Policy', role)) {
    for (const { Effect, Action, Resource } of policy.PolicyDocument.Statement) {
      if (Effect !== 'Allow') throw new Error(`expected a statement that allows, found ${Effect}`);
      for (const action of [Action].flat()) {
        const to = [Resource].flat().map((resource: unknown) => logicalId(resource));
        allowed.set(action, [...new Set([...(allowed.get(action) ?? []), ...to])].sort());
      }
    }
  }
  return allowed;
}

interface PolicyProperties {
  readonly PolicyDocument: {
    readonly Statement: readonly { Effect: string; Action: string | string[]; Resource: unknown }[];
  };
}

function resources(stack: Stack, type: string, id: RegExp): PolicyProperties[] {
  return Object.entries(Template.fromStack(stack).findResources(type))
    .filter(([key]) => id.test(key))
    .map(([, { Properties }]) => Properties as PolicyProperties);
}

/** The readable part of a logical id, without the hash CDK appends. */
function logicalId(resource: unknown): string {
  const id = /"(?:Fn::GetAtt":\["|Ref":")(?!AWS::)([A-Za-z0-9]+)/.exec(
    JSON.stringify(resource),
  )?.[1];
  return id === undefined ? JSON.stringify(resource) : id.replace(/[0-9A-F]{8}$/, '');
}

/** What CloudFormation would make of a value, with made-up attributes. */
export function deployed(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[key, argument] = []] = Object.entries(value as object);
  if (key === 'Fn::Join') return (argument[1] as unknown[]).map(deployed).join(argument[0]);
  if (key === 'Ref') return madeUp(argument, 'Ref');
  if (key === 'Fn::GetAtt') return madeUp(argument[0], argument[1]);
  throw new Error(`cannot evaluate ${JSON.stringify(value)}`);
}

function madeUp(id: string, attribute: string): string {
  if (id.startsWith('AWS::')) return id === 'AWS::Region' ? 'eu-west-3' : id;
  const name = `Shop-${id}`;
  const isQueueUrl = attribute === 'Ref' && /(Queue|DeadLetters)[0-9A-F]{8}$/.test(id);
  return isQueueUrl ? `https://sqs.eu-west-3.amazonaws.com/123456789012/${name}` : name;
}
