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

/** Not named in the import itself, or every bundle would carry a client that few need. Lambda's runtime has it. */
const ssmPackage: string = '@aws-sdk/client-ssm';

async function loadClient(): Promise<typeof import('@aws-sdk/client-ssm')> {
  try {
    return await import(ssmPackage);
  } catch (cause) {
    throw new ImproperlyConfigured(
      `CELERY_ENDPOINTS names a parameter of Systems Manager, and ${ssmPackage} cannot be loaded. ` +
        `Install it where this process runs: npm i ${ssmPackage}`,
      { cause },
    );
  }
}
