#!/usr/bin/env node
import { runCli } from './run-cli.ts';

// The SDK's advice on Node's versions is for those who deploy; here it would stand amid what a command prints.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

process.exitCode = await runCli(process.argv.slice(2));
