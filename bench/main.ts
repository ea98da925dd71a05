import { textTable } from '../local/text-table.ts';
import { measureBudget } from './budget.ts';
import { measureBundles } from './bundles.ts';
import { measureCanvas } from './canvas.ts';
import { measureCanvasBytes } from './canvas-bytes.ts';
import { startPythonPeer } from './python-peer.ts';
import { measureReading } from './reading.ts';
import { cellsOf, headings, type Row } from './row.ts';
import { measureProducing, measureSending } from './sending.ts';
import { openStage } from './stage.ts';
import { measureWorkerOverhead } from './worker-overhead.ts';

const report = (line: string) => process.stderr.write(`${line}\n`);

const rows = [
  ...(await measureWorkerOverhead()),
  ...(await measureBundles()),
  ...(await measureOnEngine()),
];
process.stdout.write(`\n${textTable([headings, ...rows.map(cellsOf)]).join('\n')}\n`);
const missed = rows.filter(({ met }) => met === false).length;
process.stdout.write(`\n${rows.length - missed} rows hold, ${missed} missed\n`);
process.exitCode = missed > 0 ? 1 : 0;

async function measureOnEngine(): Promise<Row[]> {
  const stage = await openStage(report);
  report(`Engine: ${stage.engine}`);
  try {
    const python = await startPythonPeer(stage, report);
    try {
      return [
        ...(await measureSending(stage, python)),
        ...(await measureProducing(stage, report)),
        ...(await measureReading(stage, python)),
        ...(await measureBudget(stage)),
        ...(await measureCanvas(stage, report)),
        ...(await measureCanvasBytes(stage, report)),
      ];
    } finally {
      await python.close();
    }
  } finally {
    await stage.close();
  }
}
