/** The region of a local engine, unless AWS_REGION says another. */
export const localRegion = 'us-east-1';

/** Where the engine is that AWS_ENDPOINT_URL names; undefined when it names none. */
export function endpointOf(environment: NodeJS.ProcessEnv): string | undefined {
  return environment.AWS_ENDPOINT_URL || undefined;
}

/** Whether an endpoint is AWS itself, which needs real credentials and must never get ours. */
export function isAws(endpoint: string): boolean {
  return /(^|\.)(amazonaws\.com(\.cn)?|api\.aws)$/.test(new URL(endpoint).hostname);
}

/**
 * The environment in which the AWS SDKs and the CDK use a local engine, with no account and no configuration.
 *
 * Credentials are dummies and profiles are left out, so that no real secret travels to an emulator. A twelve-digit
 * AWS_ACCESS_KEY_ID stays: emulators take it as the account's number.
 */
export function localEnvironment(
  endpoint: string,
  environment: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const { AWS_PROFILE, AWS_DEFAULT_PROFILE, AWS_SESSION_TOKEN, ...others } = environment;
  return { ...others, ...sdkVariables(endpoint, environment) };
}

/** Just the variables that {@link localEnvironment} sets. */
export function sdkVariables(
  endpoint: string,
  environment: NodeJS.ProcessEnv = process.env,
): Readonly<Record<string, string>> {
  const region = environment.AWS_REGION || environment.AWS_DEFAULT_REGION || localRegion;
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: accountOf(environment) ?? 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
  };
}

/** Makes this process use a local engine: every SDK client created from now on talks to it. */
export function useLocalEnvironment(endpoint: string): void {
  const local = localEnvironment(endpoint);
  for (const name of Object.keys(process.env)) {
    if (!(name in local)) delete process.env[name];
  }
  Object.assign(process.env, local);
}

/** The account of a local engine: twelve zeros, unless AWS_ACCESS_KEY_ID names one. */
export function localAccount(environment: NodeJS.ProcessEnv = process.env): string {
  return accountOf(environment) ?? '000000000000';
}

function accountOf(environment: NodeJS.ProcessEnv): string | undefined {
  const key = environment.AWS_ACCESS_KEY_ID ?? '';
  return /^\d{12}$/.test(key) ? key : undefined;
}
