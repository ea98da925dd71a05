import type { GetParameterCommandOutput } from '@aws-sdk/client-ssm';
import { ImproperlyConfigured } from '../errors.ts';
import { request } from './operational-error.ts';

/**
 * Reads a parameter of Systems Manager.
 *
 * @throws ImproperlyConfigured when `@aws-sdk/client-ssm`, an optional peer, is not installed; OperationalError
 */
export async function readParameter(name: string): Promise<string> {
  const { SSMClient, GetParameterCommand } = await loadClient();
  const client = new SSMClient({});
  try {
    const { Parameter }: GetParameterCommandOutput = await request(
      () => `Reading parameter '${name}'`,
      client.send(new GetParameterCommand({ Name: name, WithDecryption: true })),
    );
    return Parameter?.Value ?? '';
  } finally {
    client.destroy();
  }
}

/** Lambda's own runtime has the package; a bundle for a local engine carries it where it is needed (cdk: `workerBundling`). */
async function loadClient(): Promise<typeof import('@aws-sdk/client-ssm')> {
  try {
    return await import('@aws-sdk/client-ssm');
  } catch (cause) {
    throw new ImproperlyConfigured(
      'CELERY_ENDPOINTS names a parameter of Systems Manager, and @aws-sdk/client-ssm cannot be loaded. ' +
        'Install it where this process runs: npm i @aws-sdk/client-ssm',
      { cause },
    );
  }
}
