import { PayloadError } from '../errors.ts';
import { fetchPayload } from '../payloads/index.ts';
import { PayloadKind, type PayloadReference, withBody } from '../protocol/index.ts';
import { decodeContent } from '../serializers/index.ts';
import { asCeleryError, type Incoming, type Runnable, refuse, resolveTask } from './incoming.ts';
import type { WorkerRuntime } from './worker-runtime.ts';

/**
 * The delivery with its arguments and what follows, wherever they lie; refused when they cannot be had. Asked for when
 * they are needed: a task that is finished, expired or early costs no fetch.
 *
 * @throws OperationalError when the store cannot be asked; ImproperlyConfigured without the store's package
 */
export async function withPayload(runtime: WorkerRuntime, runnable: Runnable): Promise<Incoming> {
  const { reference } = runnable.message;
  if (reference === null) return runnable;
  const bytes = await fetchBody(runtime, reference);
  return bytes instanceof PayloadError
    ? refuse(runnable.delivery, bytes, runnable.message)
    : decodePayload(runtime, runnable, reference, bytes);
}

/** As {@link withPayload}, for a task that does not run: its body is fetched only where it says what follows. */
export async function withWhatFollows(
  runtime: WorkerRuntime,
  runnable: Runnable,
): Promise<Incoming> {
  return runnable.message.reference?.follows ? await withPayload(runtime, runnable) : runnable;
}

async function fetchBody(
  { adapters }: WorkerRuntime,
  reference: PayloadReference,
): Promise<Uint8Array | PayloadError> {
  try {
    return await fetchPayload(adapters.blobs, PayloadKind.arguments, reference);
  } catch (error) {
    if (error instanceof PayloadError) return error;
    throw error;
  }
}

function decodePayload(
  runtime: WorkerRuntime,
  { delivery, message, form }: Runnable,
  reference: PayloadReference,
  bytes: Uint8Array,
): Incoming {
  try {
    const body = decodeContent(bytes, reference, runtime.app.conf.acceptContent);
    return resolveTask(runtime, delivery, withBody(message, body), form);
  } catch (error) {
    return refuse(delivery, asCeleryError(error), message);
  }
}
