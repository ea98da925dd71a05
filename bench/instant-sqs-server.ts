import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

// SQS as quick as it can be: a process of its own that answers at once and keeps nothing. What a producer takes against
// it is the producer's own. Prints its port; ends with its standard input.

interface Sent {
  readonly Id?: string;
  readonly MessageBody: string;
}

/** By operation: those that producers use, Celery's among them, which asks for a queue's length when it first sees it. */
const answers: Readonly<Record<string, (input: never) => object>> = {
  SendMessage: receiptOf,
  SendMessageBatch: ({ Entries }: { readonly Entries: readonly Sent[] }) => ({
    Successful: Entries.map(receiptOf),
    Failed: [],
  }),
  GetQueueAttributes: () => ({ Attributes: { ApproximateNumberOfMessages: '0' } }),
};

const server = createServer(async (request, response) => {
  const [, operation = ''] = String(request.headers['x-amz-target']).split('.');
  const input = JSON.parse(await text(request)) as never;
  const answer = answers[operation]?.(input);
  const body = JSON.stringify(answer ?? { __type__: `No answer to ${operation}` });
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(body),
  };
  response.writeHead(answer ? 200 : 400, headers).end(body);
});
// No pause of a producer ends its connection.
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
process.stdin.on('end', () => process.exit()).resume();

/** The SDK checks the digest. */
function receiptOf({ Id, MessageBody }: Sent): object {
  const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
  return { ...(Id !== undefined && { Id }), MessageId: 'at-once', MD5OfMessageBody };
}
