/**
 * The header by which a message asks that its task run under a lease whatever the task's own options say, as chord
 * bodies and errbacks do; ours. Retries keep it, children do not have it, Python workers run the task as any other.
 */
export const leaseHeader = 'leased';
