import assert from "node:assert/strict";
import { test } from "node:test";

import { brushTest, readBrush, writeBrush } from "../src/model/brush.js";
import { parseFilter, splitWords } from "../src/model/filter.js";
import type { Objective } from "../src/api/types.js";
import { sortRows } from "../src/model/sort.js";
import type { Row } from "../src/model/table.js";

const objectives: Objective[] = [
	{ title: "validation", series: "accuracy", key: "validation/accuracy", goal: "max", bound: null },
];

const row = (changes: Partial<Row>): Row => ({
	number: 7, state: "completed", values: [0.9], params: { lr: 0.01, optimizer: "adam" },
	started: 1, ended: 2, seconds: 1, iteration: 9, attempt: 1, worker: "host:1", arm: "tpe",
	source: "strategy", reason: null, archived: false, note: "", stopping: false, ...changes,
});

const passes = (text: string, changes: Partial<Row> = {}) => parseFilter(text, objectives)(row(changes));

test("words in quotes hold spaces", () => {
	assert.deepEqual(splitWords('note~"out of memory" adam'), ["note~out of memory", "adam"]);
});

test("a comparison is of numbers where both are", () => {
	assert.ok(passes("lr<0.1 lr>=0.01"));
	assert.ok(!passes("lr<0.01"));
	assert.ok(passes("lr=1e-2"));
	assert.ok(passes("accuracy>0.8 validation/accuracy<1"));
	assert.ok(!passes("optimizer<b"));
});

test("large whole numbers are compared to their last digit", () => {
	const large = { params: { n: 4611686018427387903n } };

	assert.ok(passes("n=4611686018427387903 n<4611686018427387904 n>1e18", large));
	assert.ok(!passes("n=4611686018427387902", large));
	assert.ok(passes("n=1e18", { params: { n: 10n ** 18n } }));
	const rows = [3n, 1, 2n ** 62n, 2].map((n, number) => row({ number, params: { n } }));

	assert.deepEqual(sortRows(rows, false, (one) => one.params.n).map((one) => one.number), [1, 3, 0, 2]);
	assert.ok(brushTest({ n: { low: 4e18, high: 5e18 } }, objectives)(row(large)));
});

test("what a trial does not have is only ever unequal", () => {
	assert.ok(!passes("momentum<1"));
	assert.ok(passes("momentum!=1"));
	assert.ok(!passes("accuracy<1", { values: [null] }));
});

test("a bare word looks into states, values and notes", () => {
	assert.ok(passes("ADAM"));
	assert.ok(passes("pruned", { state: "pruned" }));
	assert.ok(passes("7"));
	assert.ok(!passes("70"));
	assert.ok(passes("memory", { note: "out of Memory" }));
});

test("a brush survives the address", () => {
	const brush = {
		"weight:decay;x": { low: 1e-6, high: 0.01 },
		optimizer: ["a,b", "sgd"],
		layers: ["1..5"],
		"a..b": ["x|y", "%2E"],
	};

	assert.deepEqual(readBrush(writeBrush(brush)!), brush);
	assert.equal(writeBrush({}), null);
	assert.deepEqual(readBrush("nonsense;;%"), {});
});

test("a brush passes what lies within all of its ranges", () => {
	const within = brushTest({ lr: { low: 0.001, high: 0.1 }, optimizer: ["adam"] }, objectives);

	assert.ok(within(row({})));
	assert.ok(!within(row({ params: { lr: 0.01, optimizer: "sgd" } })));
	assert.ok(!within(row({ params: { optimizer: "adam" } })));
});
