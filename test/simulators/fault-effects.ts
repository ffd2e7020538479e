import type { ServerResponse } from 'node:http';
import { type Clock, sleep } from '../../src/runtime/clock.ts';
import { deliver, drop, sendSlowly, sendTruncated, asErrorsAre } from './exchange.ts';
import type { Fault } from './faults.ts';
import type { Holds } from './holds.ts';
import type { Reply, SimulatedProvider } from './provider.ts';
import type { RequestRecord } from './request-log.ts';

/** A call that is about to be carried out under a fault. */
interface FaultedCall {
  readonly provider: SimulatedProvider;
  readonly record: RequestRecord;
  readonly response: ServerResponse;
  readonly holds: Holds;
  readonly clock: Clock;
  /** Lets the provider do the work and gives its answer. Called at most once, but for a fault that repeats. */
  commit(): Promise<Reply>;
}

const badGatewayPage =
  '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';

/** Carries one call out under the fault and answers it, or does not. */
export const carryOutFaulted = async (fault: Fault, call: FaultedCall): Promise<void> => {
  const { response, record, clock } = call;
  const answer = (reply: Reply): Promise<void> => deliver(record, response, reply);
  const answerInstead = async (phase: 'before' | 'after', reply: Reply): Promise<void> => {
    if (phase === 'after') await call.commit();
    await answer(reply);
  };

  switch (fault.fault) {
    case 'drop-before':
      return drop(response);
    case 'drop-after':
      await call.commit();
      return drop(response);
    case 'hold-before':
      // A caller who hangs up meanwhile changes nothing here: the request has left, and may arrive late.
      if ((await call.holds.hold(record, 'before', response)) === 'drop') return drop(response);
      return answer(await call.commit());
    case 'hold-after': {
      const reply = await call.commit();
      if ((await call.holds.hold(record, 'after', response)) === 'drop') return drop(response);
      return answer(reply);
    }
    case 'delay': {
      if (fault.phase === 'before') await sleep(clock, fault.ms);
      const reply = await call.commit();
      if (fault.phase === 'after') await sleep(clock, fault.ms);
      return answer(reply);
    }
    case 'status': {
      const { provider } = call;
      const failure = asErrorsAre(
        provider,
        provider.failure(record.operation, fault.status, fault.errorType),
      );
      const page = `<html><body><h1>${fault.status}</h1></body></html>`;
      const reply: Reply = fault.body === 'html' ? { status: fault.status, body: page } : failure;
      return answerInstead(fault.phase, { ...reply, headers: fault.headers });
    }
    case 'redirect':
      return answerInstead(fault.phase, {
        status: fault.status,
        body: '',
        headers: { location: fault.location },
      });
    case 'html-502':
      return answerInstead(fault.phase, { status: 502, body: badGatewayPage });
    case 'truncate':
      return deliver(record, response, await call.commit(), (to, reply) => sendTruncated(to, reply, clock));
    case 'slow-body':
      return deliver(record, response, await call.commit(), (to, reply) =>
        sendSlowly(to, reply, { ...fault, clock }),
      );
    case 'repeat': {
      const first = await call.commit();
      const second = await call.commit();
      return answer(fault.answer === 'first' ? first : second);
    }
  }
};
