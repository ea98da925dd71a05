import { execFileSync } from 'node:child_process';

/** What still runs of a process group, a line each; zombies wait for their parent and do not count. */
export function processesOf(groupId: number): string[] {
  return execFileSync('ps', ['-A', '-o', 'pgid=', '-o', 'stat=', '-o', 'args='], {
    encoding: 'utf8',
  })
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith(`${groupId} `) && !/^\d+ +Z/.test(line));
}
