import { expect, it } from "vitest";
import { Latest } from "./latest";

/** A question that is answered when the test says so. */
function open() {
  let answer: (value: string) => void = () => {};
  let refuse: (error: Error) => void = () => {};
  let signal: AbortSignal | undefined;
  const promise = new Promise<string>((resolve, reject) => {
    answer = resolve;
    refuse = reject;
  });
  return {
    ask: (given: AbortSignal) => {
      signal = given;
      return promise;
    },
    answer,
    refuse,
    isAborted: () => signal?.aborted,
  };
}

it("drops the late answer to an earlier question, and its failure", async () => {
  for (const end of ["answer", "refuse"] as const) {
    const latest = new Latest();
    const [first, second] = [open(), open()];
    const told: string[] = [];
    const note = (text: unknown) => told.push(String(text));
    const asked = [latest.ask(first.ask, note, note), latest.ask(second.ask, note, note)];
    expect(first.isAborted()).toBe(true);
    second.answer("second");
    await asked[1];
    end === "answer" ? first.answer("first") : first.refuse(new Error("first"));
    await asked[0];
    expect(told).toEqual(["second"]);
  }
});

it("tells a failure, and nothing once it was stopped", async () => {
  const latest = new Latest();
  const told: string[] = [];
  const note = (text: unknown) => told.push(String(text));
  const failing = open();
  const asked = latest.ask(failing.ask, note, note);
  failing.refuse(new Error("down"));
  await asked;
  const stopped = open();
  const waiting = latest.ask(stopped.ask, note, note);
  latest.stop();
  stopped.answer("late");
  await waiting;
  expect(told).toEqual(["Error: down"]);
});
