/** A place in a queue. The entry that holds it may leave it behind for another one: then the place is void. */
export interface Place<K> {
  readonly key: K;
  readonly since: number;
  void: boolean;
}

/**
 * First in, first out. An array whose head moves: taking the first of a Map or Set walks over all holes that earlier
 * removals left, which makes emptying a long one quadratic.
 */
export class WorkQueueLane<K> {
  #places: (Place<K> | undefined)[] = [];
  #head = 0;
  #voided = 0;

  get size(): number {
    return this.#places.length - this.#head - this.#voided;
  }

  push(key: K, since: number): Place<K> {
    const place = { key, since, void: false };
    this.#places.push(place);
    return place;
  }

  /** Before all others: with their age, since it goes before whatever they go before. */
  pushFirst(key: K, now: number): Place<K> {
    const place = { key, since: this.peek()?.since ?? now, void: false };
    if (this.#head > 0) this.#places[--this.#head] = place;
    else this.#places.unshift(place);
    return place;
  }

  /** The first place that is not void, which stays. */
  peek(): Place<K> | undefined {
    for (;;) {
      const place = this.#places[this.#head];
      if (place === undefined || !place.void) return place;
      this.#voided--;
      this.#advance();
    }
  }

  /** Removes what `peek` returned. */
  shift(): void {
    this.#advance();
  }

  /** A place in this lane is given up. */
  leave(place: Place<K>): void {
    place.void = true;
    this.#voided++;
  }

  #advance(): void {
    this.#places[this.#head++] = undefined;
    if (this.#head < 1024 || this.#head * 2 < this.#places.length) return;
    this.#places = this.#places.slice(this.#head);
    this.#head = 0;
  }
}
