import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';

/** The SDK clients that the adapters of this room work with. */
export interface Clients {
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
}

/** Settings of `createClients`; whatever is not given the SDK finds as it always does. */
export interface ClientOptions {
  readonly region?: string;
  /** A local AWS. Default: `AWS_ENDPOINT_URL`, which the SDK reads itself, else AWS. */
  readonly endpoint?: string;
}

// Throttling and short outages are the SDK's to repeat: its five tries are spread over at most 7.5 seconds.
// Nobody else has these clients, so what handles a command need not be put together anew for each.
const shared = { maxAttempts: 5, retryMode: 'standard', cacheMiddleware: true } as const;
const connectionTimeout = 2_000;

/** Clients whose requests end: the SDK alone waits for an answer for ever. */
export function createClients({ region, endpoint }: ClientOptions = {}): Clients {
  const place = { ...(region && { region }), ...(endpoint && { endpoint }) };
  return {
    // A long poll waits up to 20 seconds.
    sqs: new SQSClient({ ...place, ...limits(30_000) }),
    dynamodb: new DynamoDBClient({ ...place, ...limits(5_000) }),
  };
}

/** How often and how long any client of this room tries. */
export function limits(requestTimeout: number): typeof shared & { requestHandler: object } {
  return {
    ...shared,
    requestHandler: { connectionTimeout, requestTimeout, throwOnRequestTimeout: true },
  };
}
