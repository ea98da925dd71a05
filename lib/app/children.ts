import type { TaskCall } from '../canvas/index.ts';
import type { Random } from '../ports/index.ts';
import { taskResultTuple } from '../protocol/index.ts';
import { currentContext } from './self.ts';

/** A call whose task id is settled before it is sent. */
export type NamedCall = TaskCall & { readonly options: { readonly taskId: string } };

export function withTaskId(call: TaskCall, random: Random): NamedCall {
  const { taskId = random.uuid() } = call.options;
  return { ...call, options: { ...call.options, taskId } };
}

/** Calls on their way, among the running task's children from the moment it made them. */
export class Children {
  readonly #siblings = currentContext()?.children;
  readonly #announced: ReadonlySet<string>;

  constructor(ids: readonly string[]) {
    this.#announced = new Set(ids);
    this.#siblings?.push(...ids.map((id) => taskResultTuple(id)));
  }

  /** They were sent under these ids, in the same order: a unique call is a task that is there already. */
  become(ids: readonly string[]): void {
    const siblings = this.#siblings;
    if (!siblings) return;
    const announced = [...this.#announced];
    for (const [place, id] of ids.entries()) {
      const at = siblings.findIndex(([[sibling]]) => sibling === announced[place]);
      if (at >= 0 && id !== announced[place]) siblings[at] = taskResultTuple(id);
    }
  }

  /** Takes those back that were not sent. */
  keepOnly(sent: readonly string[]): void {
    const siblings = this.#siblings;
    if (!siblings) return;
    const kept = siblings.filter(([[id]]) => !this.#announced.has(id) || sent.includes(id));
    siblings.splice(0, siblings.length, ...kept);
  }
}
