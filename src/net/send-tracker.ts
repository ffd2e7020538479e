import type { Dispatcher } from 'undici';

/**
 * Whether a request has left this process: the difference between "it was not done" and "nobody knows". undici says
 * so to the handler that it carries the request for, immediately before it writes the first byte.
 */
export class SendTracker {
  #left = false;
  readonly #refuse: () => Error | undefined;

  /** `refuse` is asked at the last moment; an Error keeps the request from leaving. */
  constructor(refuse: () => Error | undefined) {
    this.#refuse = refuse;
  }

  get left(): boolean {
    return this.#left;
  }

  /** A dispatcher like `dispatcher` that reports to this tracker. For one request. */
  watch(dispatcher: Dispatcher): Dispatcher {
    return dispatcher.compose((dispatch) => (options, handler) => dispatch(options, this.#wrap(handler)));
  }

  #wrap(handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
    return {
      onRequestStart: (controller, context) => {
        const refusal = this.#refuse();
        if (refusal !== undefined) {
          controller.abort(refusal);
          return;
        }
        this.#left = true;
        handler.onRequestStart?.(controller, context);
      },
      onResponseStart: (...args) => handler.onResponseStart?.(...args),
      onResponseData: (...args) => handler.onResponseData?.(...args),
      onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
      onResponseError: (...args) => handler.onResponseError?.(...args),
    };
  }
}
