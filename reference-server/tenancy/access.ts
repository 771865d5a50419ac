/**
 * Who may see a stream. What another account owns does not exist: foreign, unknown and removed streams share one lookup
 * and one answer. Source: seed 000 (identical 404), design 3 "Common".
 */
import type { Access, Seams } from '../seams.ts';

export function createAccess(parts: Pick<Seams, 'store' | 'failure'>): Access {
  return {
    async find(principal, job_id) {
      const job = await parts.store.job(job_id);
      const other_stream = principal.ticket_job_id !== null && principal.ticket_job_id !== job_id;
      return job === null || job.account_id !== principal.account_id || other_stream ? null : job;
    },
    async missing() {
      return parts.failure('not_found', 'There is no such resource.');
    },
  };
}
