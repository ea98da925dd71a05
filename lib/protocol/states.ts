/** Celery's own states; a task may report others besides. @see celery.states */
export const TaskState = {
  PENDING: 'PENDING',
  RECEIVED: 'RECEIVED',
  STARTED: 'STARTED',
  SUCCESS: 'SUCCESS',
  FAILURE: 'FAILURE',
  REVOKED: 'REVOKED',
  REJECTED: 'REJECTED',
  RETRY: 'RETRY',
  IGNORED: 'IGNORED',
} as const;

export type TaskState = (typeof TaskState)[keyof typeof TaskState];

/** Whether nothing comes after this state. @see celery.states.READY_STATES */
export function isFinal(status: string): boolean {
  return (
    status === TaskState.SUCCESS || status === TaskState.FAILURE || status === TaskState.REVOKED
  );
}
