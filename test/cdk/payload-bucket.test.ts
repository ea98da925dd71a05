import { readdirSync, readFileSync } from 'node:fs';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AnyPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import { workerBundling } from '../../cdk/constructs/worker-bundling.ts';
import { CeleryApp, PayloadBucket } from '../../cdk/index.ts';
import { parseEndpoints } from '../../lib/protocol/endpoints.ts';
import { payloadLifetimes, placePayload } from '../../lib/protocol/payload-keys.ts';
import { aStack, deployed, workerEntry } from './support.ts';

const oneWorker = { workers: { default: { entry: workerEntry } } };

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** The S3 statements of a role's policy: action and the end of the resource. */
function s3Statements(template: Template, role: RegExp): string[] {
  return Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => role.test(id))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Statement[])
    .flatMap(({ Action, Resource }) => [Action].flat().map((action) => ({ action, Resource })))
    .filter(({ action }) => action.startsWith('s3:'))
    .map(({ action, Resource }) => `${action} ${/\/(\w+)\/\*/.exec(JSON.stringify(Resource))?.[1]}`)
    .sort();
}

describe('PayloadBucket', () => {
  test('is encrypted, private and TLS only, and goes only when it is told to', () => {
    const stack = aStack();
    new PayloadBucket(stack, 'Payloads');

    const template = Template.fromStack(stack);

    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
          ],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Effect: 'Deny',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ],
      },
    });
  });

  test('expires what lies under every prefix that a key can have, after its days', () => {
    const stack = aStack();
    new PayloadBucket(stack, 'Payloads');

    const [bucket] = Object.values(Template.fromStack(stack).findResources('AWS::S3::Bucket'));

    const rules: { Prefix: string; ExpirationInDays: number; Status: string }[] =
      bucket?.Properties.LifecycleConfiguration.Rules;
    for (const kind of ['arguments', 'results'] as const) {
      for (const days of payloadLifetimes) {
        const { key } = placePayload(kind, Duration.days(days).toSeconds(), 0, 'uuid');
        const matching = rules.filter(({ Prefix }) => key.startsWith(Prefix));
        expect(matching).toMatchObject([{ ExpirationInDays: days, Status: 'Enabled' }]);
      }
      const { key } = placePayload(kind, null, 0, 'uuid');
      expect(rules.filter(({ Prefix }) => key.startsWith(Prefix))).toEqual([]);
    }
  });

  test("takes a key of one's own and another removal policy", () => {
    const stack = aStack();
    const encryptionKey = new Key(stack, 'Key');
    const role = new Role(stack, 'Role', { assumedBy: new AnyPrincipal() });

    new PayloadBucket(stack, 'Payloads', {
      encryptionKey,
      removalPolicy: RemovalPolicy.DESTROY,
    }).grantProduce(role);

    const template = Template.fromStack(stack);
    template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: Match.arrayWith(['kms:Decrypt', 'kms:GenerateDataKey*']) }),
        ]),
      },
    });
  });
});

describe('CeleryApp with largePayloads', () => {
  function anApp() {
    const stack = aStack();
    const celery = new CeleryApp(stack, 'Celery', {
      ...oneWorker,
      queues: { python: { external: true } },
      largePayloads: true,
    });
    const api = new LambdaFunction(stack, 'Api', {
      runtime: Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = async () => {};'),
    });
    celery.grantProduce(api);
    return { celery, template: Template.fromStack(stack) };
  }

  test('tells the bucket and the external queues in CELERY_ENDPOINTS', () => {
    const { celery } = anApp();

    const endpoints = parseEndpoints(deployed(Stack.of(celery).resolve(celery.endpoints.json)));

    expect(endpoints.blobBucket).toMatch(/Payloads/);
    expect(endpoints.externalQueues).toEqual(['python']);
  });

  test('lets workers read and write both kinds, and producers just what they must', () => {
    const { template } = anApp();

    expect(s3Statements(template, /Workers/)).toEqual([
      's3:DeleteObject results',
      's3:GetObject arguments',
      's3:GetObject results',
      's3:PutObject arguments',
      's3:PutObject results',
    ]);
    expect(s3Statements(template, /^Api/)).toEqual([
      's3:DeleteObject results',
      's3:GetObject results',
      's3:PutObject arguments',
    ]);
  });

  test('grants just the calls that lib/aws makes', () => {
    const room = new URL('../../lib/aws/', import.meta.url);
    const sources = readdirSync(room)
      .map((file) => readFileSync(new URL(file, room), 'utf8'))
      .filter((source) => source.includes('s3-client'));
    const calls = sources.flatMap((source) => [...source.matchAll(/new sdk\.(\w+)Command\(/g)]);
    const { template } = anApp();

    const granted = s3Statements(template, /Workers/).map((statement) => statement.split(' ')[0]);

    expect(new Set(granted)).toEqual(new Set(calls.map(([, call]) => `s3:${call}`)));
  });
});

test('a CeleryApp has no bucket unless it is asked for one', () => {
  const stack = aStack();
  new CeleryApp(stack, 'Celery', oneWorker);

  Template.fromStack(stack).resourceCountIs('AWS::S3::Bucket', 0);
});

describe("a worker's bundle", () => {
  test.for([
    ['AWS', undefined, true, true],
    ['a local engine', 'http://127.0.0.1:4566', true, false],
    ['a local engine without bucket', 'http://127.0.0.1:4566', false, true],
  ] as const)('for %s', ([, endpoint, largePayloads, leftOut]) => {
    const before = process.env.AWS_ENDPOINT_URL;
    if (endpoint === undefined) delete process.env.AWS_ENDPOINT_URL;
    else process.env.AWS_ENDPOINT_URL = endpoint;

    const { externalModules = [] } = workerBundling({}, { largePayloads });

    if (before === undefined) delete process.env.AWS_ENDPOINT_URL;
    else process.env.AWS_ENDPOINT_URL = before;
    expect(externalModules.includes('@aws-sdk/client-s3')).toBe(leftOut);
  });
});
