import { readdirSync, readFileSync } from 'node:fs';
import { RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AnyPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { ResultTable, StateTable } from '../../cdk/index.ts';
import { allowedActions, aStack } from './support.ts';

describe('ResultTable', () => {
  test("is just as Celery's DynamoDB backend has it, and paid by request", () => {
    const stack = aStack();
    new ResultTable(stack, 'Results');

    Template.fromStack(stack).hasResource('AWS::DynamoDB::Table', {
      Properties: {
        TableName: Match.absent(),
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        PointInTimeRecoverySpecification: Match.absent(),
      },
      DeletionPolicy: 'Retain',
    });
  });

  test('takes a name, continuous backups and another removal policy', () => {
    const stack = aStack();
    new ResultTable(stack, 'Results', {
      tableName: 'celery',
      pointInTimeRecovery: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });

    Template.fromStack(stack).hasResource('AWS::DynamoDB::Table', {
      Properties: {
        TableName: 'celery',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
      DeletionPolicy: 'Delete',
    });
  });
});

describe('StateTable', () => {
  test('has the keys pk and sk, and items that expire', () => {
    const stack = aStack();
    new StateTable(stack, 'State');

    Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });
  });
});

test('the grants of both tables name just the calls that lib/aws makes', () => {
  const stack = aStack();
  const role = new Role(stack, 'Role', { assumedBy: new AnyPrincipal() });
  const results = new ResultTable(stack, 'Results');

  results.grantRead(role);
  results.grantStore(role);
  results.grantForget(role);
  const state = new StateTable(stack, 'State');
  state.grantKeep(role);
  state.grantRevoke(role);

  expect([...allowedActions(stack, /^Role/).keys()].sort()).toEqual(dynamodbActionsOfLibrary());
});

function dynamodbActionsOfLibrary(): string[] {
  const room = new URL('../../lib/aws/', import.meta.url);
  const sources = readdirSync(room)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(new URL(file, room), 'utf8'))
    .filter((source) => source.includes('@aws-sdk/client-dynamodb'));
  const commands = sources.flatMap((source) => [...source.matchAll(/new (\w+)Command\(/g)]);
  return [...new Set(commands.map(([, command]) => `dynamodb:${command}`))].sort();
}
