// HTTP/1.1 gives a host six connections over all tabs of a browser. Long reads share four of them, so that two are left for asking
// and for loading a page; who has none of the four reads in short bursts.

const SLOTS = 4;

/** Resolves to a function that gives the connection back, or to null when all are taken. */
export async function takeConnection() {
  if (!navigator.locks) return () => {}; // a page over plain HTTP from another host
  for (let slot = 1; slot <= SLOTS; slot++) {
    const giveBack = await new Promise(resolve => {
      navigator.locks.request(`agno-aspire.connection.${slot}`, { ifAvailable: true }, lock => {
        if (lock !== null) return new Promise(release => resolve(release)); // held until it is given back
        return resolve(null);
      });
    });
    if (giveBack !== null) return giveBack;
  }
  return null;
}

/** Runs the work while no other tab works on the same answer: waits for its turn, or with `ifFree` does nothing if another tab has it. */
export async function alone(answerId, work, { signal, ifFree = false } = {}) {
  if (!navigator.locks) return work();
  try {
    return await navigator.locks.request(`agno-aspire.answer.${answerId}`, ifFree ? { ifAvailable: true } : { signal }, lock => (lock === null ? undefined : work()));
  } catch (error) {
    if (error.name !== 'AbortError') throw error;
    return undefined;
  }
}
