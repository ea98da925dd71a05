import {
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { parseEndpoints } from '../lib/protocol/endpoints.ts';
import type { StackOutputs } from './deploy.ts';
import { sdkVariables } from './environment.ts';

/**
 * Switches expiry on for the tables of every deployed `CeleryApp`. The template asks for it, but ministack 1.5 does not
 * read that part, and Python's result backend would then try to switch it on by itself, which producers may not.
 */
export async function switchOnTtl(outputs: StackOutputs, endpoint: string): Promise<void> {
  const variables = sdkVariables(endpoint);
  const client = new DynamoDBClient({
    endpoint,
    region: variables.AWS_REGION,
    credentials: {
      accessKeyId: variables.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: variables.AWS_SECRET_ACCESS_KEY ?? '',
    },
  });
  try {
    await Promise.all(tablesOf(outputs).map((table) => switchOn(client, table)));
  } finally {
    client.destroy();
  }
}

function tablesOf(outputs: StackOutputs): string[] {
  return Object.values(outputs)
    .flatMap((stack) => Object.entries(stack))
    .filter(([name, value]) => name.endsWith('CeleryEndpoints') && value.startsWith('{'))
    .flatMap(([, value]) => {
      const { resultTable, stateTable } = parseEndpoints(value);
      return [resultTable, stateTable];
    });
}

async function switchOn(client: DynamoDBClient, TableName: string): Promise<void> {
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  if (TimeToLiveDescription?.TimeToLiveStatus !== 'DISABLED') return;
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName,
      TimeToLiveSpecification: { Enabled: true, AttributeName: 'ttl' },
    }),
  );
}
