import { canvasTasks } from '../../support/canvas-tasks.ts';
import { FunctionHost, type HostOptions } from '../function-host.ts';

/** A host with the tasks that workflows are made of. */
export function aCanvasHost(options: HostOptions = {}) {
  const host = new FunctionHost(options);
  const { app } = host;
  return { host, app, ...canvasTasks(app) };
}
