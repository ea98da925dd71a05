import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import { CeleryApp } from '../../cdk/index.ts';
import { createAwsAdapters } from '../../lib/aws/index.ts';
import { Celery, chain, chord, group } from '../../lib/index.ts';
import { systemClock, systemRandom } from '../../lib/ports/index.ts';
import { type AwsRequest, startFakeAws, taken } from '../support/fake-aws.ts';
import { allowedActions, aStack, workerEntry } from './support.ts';

/** What a call asks of which table, and the first part of each key that it writes. */
interface Call {
  readonly action: string;
  readonly table: 'CeleryResultsTable' | 'CeleryStateTable';
  readonly keys: readonly string[];
}

/** All that a producer can do, on queues and tables that take everything. */
async function recordProducer(): Promise<readonly AwsRequest[]> {
  await using aws = await startFakeAws((request) =>
    request.operation.startsWith('Send') ? taken(request) : {},
  );
  const place = `${aws.endpoint}/123456789012`;
  const app = new Celery('shop');
  const adapters = createAwsAdapters({
    clients: aws,
    clock: systemClock,
    random: systemRandom,
    endpoints: {
      version: 1,
      region: 'us-east-1',
      defaultQueue: 'celery',
      queueUrl: `${place}/celery`,
      queues: { celery: 'celery' },
      deadLetterQueues: { celery: 'celery-dead' },
      controlQueue: 'control',
      resultTable: 'CeleryResultsTable',
      stateTable: 'CeleryStateTable',
    },
  });
  app.useAdapters(adapters, { clock: systemClock, random: systemRandom });
  const add = app.task('add', (x: number, y: number) => x + y);
  const sum = app.task('sum', (values: readonly number[]) => values.length);

  const result = await add.delay(1, 2);
  await add.applyAsync([1, 2], { unique: { key: 'k', ttl: 60 } });
  await app.sendBatch([add.s(1, 1), add.s(2, 2)]);
  await chain(add.s(1, 2), add.s(3)).delay();
  await chord([add.s(1, 1), add.s(2, 2)], sum.s()).delay();
  await chain(add.s(1, 2), group([add.s(3), add.s(4)]), sum.s()).delay();
  const saved = await group([add.s(1, 1), add.s(2, 2)]).delay();
  await saved.save();
  await app.restoreGroup(saved.id);
  await saved.delete();
  await result.state();
  await result.forget();
  await result.revoke({ terminate: true });
  await app.control.revokeByStampedHeaders({ customer: 'c1' });
  await app.control.rateLimit('add', '5/s');
  return aws.requests;
}

/** `SendMessageBatch` is the same right as `SendMessage`. */
function callsOf({ operation, input }: AwsRequest): readonly Call[] {
  if (operation.startsWith('Send')) return [];
  const action = `dynamodb:${operation}`;
  const { TableName, Key, RequestItems = {} } = input;
  const table = (name: string) => name as Call['table'];
  if (TableName !== undefined) return [{ action, table: table(TableName), keys: [firstOf(Key)] }];
  return Object.entries(RequestItems as Record<string, unknown>).map(([name, asked]) => ({
    action,
    table: table(name),
    keys: Array.isArray(asked) ? asked.map(({ PutRequest }) => firstOf(PutRequest.Item)) : [],
  }));
}

function firstOf(item: unknown): string {
  const { id, pk } = item as Partial<Record<'id' | 'pk', { readonly S: string }>>;
  return (id ?? pk)?.S ?? '';
}

function grantedToProducer() {
  const stack = aStack();
  const celery = new CeleryApp(stack, 'Celery', { workers: { default: { entry: workerEntry } } });
  const role = new Role(stack, 'Web', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
  celery.grantProduce(role);
  return { stack, actions: allowedActions(stack, /^Web/) };
}

interface Statement {
  readonly Action: string;
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

test('grantProduce allows every call that a producer makes, canvas included, and no other', async () => {
  const { actions } = grantedToProducer();

  const calls = (await recordProducer()).flatMap(callsOf);

  const made = new Map<string, string[]>();
  for (const { action, table } of calls) {
    made.set(action, [...new Set([...(made.get(action) ?? []), table])].sort());
  }
  actions.delete('sqs:SendMessage');
  expect(Object.fromEntries(made)).toEqual(Object.fromEntries(actions));
});

test('grantProduce bounds writes to those items that a producer writes', async () => {
  const { stack } = grantedToProducer();
  const [policy] = Object.values(
    Template.fromStack(stack).findResources('AWS::IAM::Policy', { Properties: {} }),
  ).filter(({ Properties }) => String(Properties.PolicyName).startsWith('Web'));
  const statements: readonly Statement[] = policy?.Properties.PolicyDocument.Statement ?? [];

  const calls = (await recordProducer()).flatMap(callsOf);
  const bounded = statements.flatMap(({ Action, Resource, Condition }) => {
    const patterns = Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'];
    return patterns ? [{ Action, resource: JSON.stringify(Resource), patterns }] : [];
  });

  const writes = calls.filter(({ action }) => /:(UpdateItem|BatchWriteItem)$/.test(action));
  const used = new Set<string>();
  for (const { action, table, keys } of writes) {
    const patterns = bounded
      .filter(({ Action, resource }) => Action === action && resource.includes(table))
      .flatMap((one) => one.patterns);
    for (const key of keys) {
      const fitting = patterns.find((pattern) => isLike(pattern, key));
      expect(fitting, `${action} of ${key} in ${table}`).toBeDefined();
      used.add(fitting ?? '');
    }
  }
  expect([...used].sort()).toEqual([
    'b*celery-taskset-meta-*',
    'b*chord-unlock-*',
    'revoke#*',
    'unique#*',
  ]);
});

/** IAM's `StringLike`, of patterns that have `*` alone. */
function isLike(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.\\+?^${}()|[\]]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}
