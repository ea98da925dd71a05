import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import { createWorkerHandler } from '../lib/lambda/index.ts';
import type { Adapters } from '../lib/ports/index.ts';
import { context, eventOf, inTens } from './lambda-events.ts';
import type { Row } from './row.ts';
import { benchApp, recordMessages } from './tasks.ts';
import { inTurns, secondsOf } from './timing.ts';

/** Tasks of one turn. */
const count = 4_000;
const mostMicroseconds = 30;

/**
 * What a worker itself costs a task, from the event to the answer, when queue and table cost nothing; against Powertools
 * with a handler that parses the same message and does no more.
 */
export async function measureWorkerOverhead(): Promise<Row[]> {
  const { bodies } = await recordMessages(count);
  const events = inTens(bodies).map((batch) => eventOf(batch, 'celery'));
  const { app } = benchApp({});
  app.useAdapters(freeAdapters());
  const handler = createWorkerHandler(app);
  const { ours, peer } = await inTurns(
    () =>
      secondsOf(async () => {
        for (const event of events) await handler(event, context);
      }),
    () =>
      secondsOf(async () => {
        for (const event of events) await withPowertools(event as SQSEvent);
      }),
  );
  const overhead = ((ours - peer) / count) * 1e6;
  return [
    {
      measure: 'worker, all but AWS, a task | JSON.parse in Powertools batch',
      ours: microseconds((ours / count) * 1e6),
      peer: microseconds((peer / count) * 1e6),
      ratio: `+${microseconds(overhead)}`,
      required: `<= +${mostMicroseconds} µs`,
      met: overhead <= mostMicroseconds,
    },
  ];
}

const processor = new BatchProcessor(EventType.SQS);

async function withPowertools(event: SQSEvent): Promise<unknown> {
  return await processPartialResponse(event, parse, processor, {
    context: context as unknown as Context,
  });
}

async function parse({ body }: SQSRecord): Promise<void> {
  JSON.parse(body);
}

/** Nothing is stored, every write succeeds. */
function freeAdapters(): Adapters {
  const nothing = async () => {};
  return {
    broker: {
      maxDelaySeconds: 900,
      maxMessageBytes: 2 ** 20,
      queues: () => ['celery'],
      deadLetterQueue: () => undefined,
      send: nothing,
      sendBatch: async (_queue, messages) => messages.map(() => undefined),
    },
    consumer: {
      queueOf: () => 'celery',
      receive: async () => [],
      delete: nothing,
      changeVisibility: nothing,
    },
    results: {
      maxDocumentBytes: 400_000,
      read: async () => new Map(),
      store: async () => ({ stored: true }),
      changeLease: async () => ({ changed: true }),
      forget: async () => [],
      prolong: nothing,
    },
    startMarks: {
      mark: async () => ({ kind: 'marked', starts: 1 }),
      unmark: nothing,
      end: nothing,
    },
    uniqueClaims: {
      claim: async (_key, { taskId }) => ({ taskId, send: true }),
      markSent: nothing,
      giveUp: nothing,
    },
    groups: { save: nothing, restore: async () => undefined, delete: nothing },
    chords: {
      create: nothing,
      count: async () => ({ kind: 'gone' }),
      add: async () => 'over',
      read: async () => undefined,
      claimJoin: async () => 'over',
      markJoined: nothing,
      prolong: nothing,
    },
    nativeCanvas: {
      begin: nothing,
      addPart: async () => false,
      readChord: async () => undefined,
      readSteps: async () => undefined,
      prolongChord: nothing,
      prolongSteps: nothing,
    },
    rateClocks: { take: async () => [], change: async () => undefined, setChange: async () => {} },
    admissions: { read: async () => ({ results: new Map(), revoked: new Set() }) },
    revocations: {
      revoke: nothing,
      revoked: async () => new Set(),
      terminated: async () => new Set(),
    },
    blobs: undefined,
    schedules: undefined,
    close: nothing,
  };
}

function microseconds(value: number): string {
  return `${value.toFixed(1)} µs`;
}
