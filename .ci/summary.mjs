// Prints `N passed, N failed` from the reports in a folder and exits 1 unless nothing failed.
// summary.mjs FOLDER FAILED_STEPS: vitest's *.json and node:test's *.tap; a step can fail without a failed test.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, failedSteps] = process.argv.slice(2);
let passed = 0;
let failed = 0;

for (const file of readdirSync(folder)) {
  const text = readFileSync(join(folder, file), 'utf8');
  if (file.endsWith('.json')) {
    const report = JSON.parse(text);
    passed += report.numPassedTests;
    failed += report.numFailedTests;
    // A file that cannot be loaded has no tests to fail.
    failed += report.testResults.filter(
      (result) => result.status === 'failed' && result.assertionResults.length === 0,
    ).length;
  } else if (file.endsWith('.tap')) {
    passed += count(text, 'pass');
    failed += count(text, 'fail');
  }
}

failed = Math.max(failed, Number(failedSteps));
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

function count(tap, word) {
  return Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0);
}
