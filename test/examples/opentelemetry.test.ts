import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { tracing } from '../../examples/opentelemetry/tracing.ts';
import { Celery, silentLogger } from '../../lib/index.ts';
import { startTestWorker } from '../../lib/testing/index.ts';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

beforeAll(() => {
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
});

beforeEach(() => exporter.reset());

afterAll(async () => {
  await provider.shutdown();
  trace.disable();
  context.disable();
  propagation.disable();
});

/** Name of a span -> name of the span above it, or undefined. */
function family(): Record<string, string | undefined> {
  const spans = exporter.getFinishedSpans();
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
  return Object.fromEntries(
    spans.map((span) => [span.name, names.get(span.parentSpanContext?.spanId ?? '')]),
  );
}

function aTracedApp(): Celery {
  return new Celery('shop', { logger: silentLogger }).use(tracing());
}

test('one trace goes from producer through queue to worker and children', async () => {
  const app = aTracedApp();
  const child = app.task('child', () => 'done');
  const parent = app.task('parent', async () => {
    await child.delay();
  });
  const worker = await startTestWorker(app);

  await trace.getTracer('test').startActiveSpan('request', async (span) => {
    await parent.delay();
    span.end();
  });
  await worker.drain();

  expect(family()).toEqual({
    request: undefined,
    'send parent': 'request',
    'run parent': 'send parent',
    'send child': 'run parent',
    'run child': 'send child',
  });
  const spans = exporter.getFinishedSpans();
  expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
  expect(spans.map(({ kind }) => kind)).toContain(SpanKind.CONSUMER);
});

test('calls of one batch are siblings', async () => {
  const app = aTracedApp();
  const [a, b] = [app.task('a', () => 1), app.task('b', () => 2)];
  await startTestWorker(app);

  await trace.getTracer('test').startActiveSpan('request', async (span) => {
    await app.sendBatch([a.s(), b.s()]);
    span.end();
  });

  expect(family()).toEqual({ request: undefined, 'send a': 'request', 'send b': 'request' });
});

test('a failure is the error of its span; a retry is none, and stays in the trace', async () => {
  const app = aTracedApp();
  const flaky = app.task('flaky', { bind: true }, (self) => {
    if (self.request.retries === 0) self.retry({ countdown: 0 });
    throw new Error('for good');
  });
  const worker = await startTestWorker(app);
  await flaky.delay();

  await worker.drain();

  const runs = exporter.getFinishedSpans().filter(({ name }) => name === 'run flaky');
  expect(runs.map(({ status }) => status.code)).toEqual([
    SpanStatusCode.UNSET,
    SpanStatusCode.ERROR,
  ]);
  expect(new Set(runs.map((span) => span.spanContext().traceId)).size).toBe(1);
});
