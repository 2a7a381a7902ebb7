import assert from "node:assert/strict";
import { test } from "node:test";

import { place, parameterAxis, ticks, valueAt } from "../src/parallel/axes.js";
import { sortRows } from "../src/model/sort.js";
import { bestSoFar, firstGoal, mergeRows, type Row } from "../src/model/table.js";
import type { Objective, TrialsAnswer, TrialState } from "../src/api/types.js";
import { age, duration, number, onFront, shellWord } from "../src/view/format.js";

const answer = (numbers: number[], states: TrialState[], changes: Partial<TrialsAnswer> = {}): TrialsAnswer => ({
	revision: 1, count: 9, next: "1", more: false, reset: false, number: numbers, state: states,
	values: [numbers.map((n) => n / 10)], params: { lr: numbers.map((n) => (n % 2 ? n : null)) },
	started_s: numbers.map(() => 1), ended_s: numbers.map((n) => n), seconds: numbers.map(() => 1),
	iteration: numbers.map(() => null), attempt: numbers.map(() => 1), worker: numbers.map(() => null),
	arm: numbers.map(() => null), source: numbers.map(() => "strategy"), reason: numbers.map(() => null),
	archived: numbers.map(() => false), note: numbers.map(() => ""), stopping: numbers.map(() => false),
	...changes,
});

test("changed rows take the place of the old ones, new ones come after", () => {
	const first = mergeRows([], answer([0, 1, 2], ["completed", "running", "running"]));
	const second = mergeRows(first, answer([3, 1], ["running", "pruned"]));

	assert.deepEqual(second.map((row) => [row.number, row.state]),
		[[0, "completed"], [1, "pruned"], [2, "running"], [3, "running"]]);
	assert.equal(first[1]!.state, "running");
	assert.deepEqual(second[1]!.params, { lr: 1 });
	assert.deepEqual(second[2]!.params, {});
});

test("rows that come in the order of their changes are sorted by number", () => {
	assert.deepEqual(mergeRows([], answer([2, 0, 1], ["completed", "completed", "completed"])).map((r) => r.number), [0, 1, 2]);
});

test("another life of the study drops what was there", () => {
	const first = mergeRows([], answer([0, 1], ["completed", "completed"]));

	assert.equal(mergeRows(first, answer([0], ["running"], { reset: true })).length, 1);
});

test("the best so far only ever improves", () => {
	const objective: Objective = { title: null, series: "loss", key: "loss", goal: "min", bound: null };
	const rows = mergeRows([], answer([3, 1, 2, 0], ["completed", "completed", "failed", "completed"]));
	const steps = bestSoFar(rows.map((row): Row => ({ ...row, ended: 10 - row.number })), [objective], 0);

	assert.deepEqual(steps.map((row) => row.number), [3, 1, 0]);
});

test("what breaks a bound is no best so far", () => {
	const loss: Objective = { title: null, series: "loss", key: "loss", goal: "min", bound: null };
	const bound: Objective = { title: null, series: "ms", key: "ms", goal: "bound", bound: 20 };
	const rows = mergeRows([], answer([0, 1, 2], ["completed", "completed", "completed"],
		{ values: [[0.1, 0.5, 0.4], [21, 20, null]] }));

	assert.deepEqual(bestSoFar(rows, [loss, bound], 0).map((row) => row.number), [1]);
	assert.equal(firstGoal([bound, loss]), 1);
});

test("a front that was cut short is not counted", () => {
	assert.equal(onFront(Array(19).fill(0)), "19 on the front");
	assert.equal(onFront(Array(20).fill(0)), "20 or more on the front");
});

test("what is copied for a shell is one word of it", () => {
	assert.equal(shellWord("--lr=0.5"), "--lr=0.5");
	assert.equal(shellWord("$(rm -rf ~)"), "'$(rm -rf ~)'");
	assert.equal(shellWord("it's"), "'it'\\''s'");
	assert.equal(shellWord(""), "''");
});

test("a place on an axis and its value are inverse", () => {
	const rows = mergeRows([], answer([1, 3, 5, 7, 9], Array(5).fill("completed") as TrialState[]));

	for (const log of [false, true]) {
		const axis = parameterAxis({ name: "lr", type: "float", log }, rows, []);

		assert.equal(place(axis, 1), 0);
		assert.equal(place(axis, 9), 1);
		assert.ok(Math.abs(valueAt(axis, place(axis, 5)!) - 5) < 1e-12);
		assert.ok(ticks(axis).every((tick) => tick >= 1 && tick <= 9));
		assert.ok(ticks(axis).length >= 2);
	}
	assert.equal(place(parameterAxis({ name: "lr", type: "float", log: false }, rows, []), undefined), null);
});

test("choices lie in the middle of their cells", () => {
	const axis = parameterAxis({ name: "opt", type: "categorical", log: false }, [], ["a", "b"]);

	assert.equal(place(axis, "a"), 0.25);
	assert.equal(place(axis, "b"), 0.75);
	assert.equal(place(axis, "c"), null);
});

test("numbers and times read well", () => {
	assert.equal(number(0.000123456), "1.235e-4");
	assert.equal(number(0.0123456), "0.012346");
	assert.equal(number(1e20), "1e20");
	assert.equal(number(null), "–");
	assert.equal(number(Infinity), "–");
	assert.equal(duration(90), "90 s");
	assert.equal(duration(3600), "60 min");
	assert.equal(age(100, 400), "5 min ago");
});

test("rows are sorted by numbers and texts, what is missing last either way", () => {
	const rows = mergeRows([], answer([0, 1, 2, 3, 4, 5, 7, 9], Array(8).fill("completed") as TrialState[]));
	const order = (down: boolean, value: (row: Row) => unknown) => sortRows(rows, down, value).map((row) => row.number);
	const lr = (row: Row) => row.params.lr; // of odd ones only

	assert.deepEqual(order(true, (row) => row.number), [9, 7, 5, 4, 3, 2, 1, 0]);
	assert.deepEqual(order(false, lr), [1, 3, 5, 7, 9, 0, 2, 4]);
	assert.deepEqual(order(true, lr), [9, 7, 5, 3, 1, 0, 2, 4]);
	assert.deepEqual(order(false, (row) => (row.number < 5 ? "b" : "a")), [5, 7, 9, 0, 1, 2, 3, 4]);
});
