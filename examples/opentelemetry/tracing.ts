import {
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { type Middleware, Retry, TaskPredicate } from '../../lib/index.ts';

/**
 * Middleware that makes one trace of a call, its run and the tasks that this run sends: `app.use(tracing())`, in producers
 * and workers alike. The trace travels in the message's header `traceparent`, which OpenTelemetry's instrumentation of
 * Python Celery reads and writes as well. It works with the provider and propagator that the process has set up.
 *
 * @param tracer Makes the spans. @default the one named `celery-aws` of the global provider
 */
export function tracing(tracer: Tracer = trace.getTracer('celery-aws')): Middleware {
  return {
    async publish(call, next) {
      const attributes = {
        'messaging.system': 'aws_sqs',
        'messaging.message.id': call.taskId,
        'messaging.destination.name': call.queue ?? 'celery',
        'celery.task_name': call.task,
      };
      const options = { kind: SpanKind.PRODUCER, attributes };
      await tracer.startActiveSpan(`send ${call.task}`, options, async (span) => {
        const headers = { ...call.headers };
        propagation.inject(context.active(), headers);
        await spanning(span, () => next({ headers }));
      });
    },

    async execute(self, next) {
      const { id, headers, retries, deliveryInfo } = self.request;
      const attributes = {
        'messaging.system': 'aws_sqs',
        'messaging.message.id': id,
        'messaging.destination.name': deliveryInfo.routingKey,
        'celery.task_name': self.name,
        'celery.retries': retries,
      };
      const options = { kind: SpanKind.CONSUMER, attributes };
      const parent = propagation.extract(context.active(), headers);
      return await tracer.startActiveSpan(`run ${self.name}`, options, parent, (span) =>
        spanning(span, next),
      );
    },
  };
}

/** Ends the span with what is done; a retry and its like are no errors. */
async function spanning<T>(span: Span, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Retry) span.addEvent('retry');
    if (!(error instanceof TaskPredicate)) {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    }
    throw error;
  } finally {
    span.end();
  }
}
