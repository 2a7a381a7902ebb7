import assert from "node:assert/strict";
import { test } from "node:test";

import { partOf, valuesOf } from "../src/plot/values.js";

const layout = { xaxis: { title: { text: "lr" } }, yaxis: { title: { text: "loss" } } };

test("a figure of points is a row a point, with its trial", () => {
	const figure = { data: [{ type: "scatter", x: [0.5, 1 / 3], y: [1, null], customdata: [7, [8]] }], layout };

	assert.deepEqual(valuesOf(figure), {
		heads: ["trial", "lr", "loss"], rows: [["7", "0.5", "1"], ["8", "0.33333", "–"]], count: 2,
	});
});

test("traces have names, which are texts", () => {
	const data = [{ name: "a&lt;b&amp;", x: ["2026-01-02T03:04:05.678Z"], y: [1] }, { name: "c", x: [], y: [] }];

	assert.deepEqual(valuesOf({ data, layout: { xaxis: { type: "date" }, yaxis: layout.yaxis } }), {
		heads: ["series", "time", "loss"], rows: [["a<b&", "2026-01-02 03:04:05", "1"]], count: 1,
	});
});

test("a matrix is a row a cell", () => {
	const figure = { data: [{ type: "contour", x: [1, 2], y: [5], z: [[0.1, 0.2]] }], layout: { ...layout, meta: { objective: "error" } } };

	assert.deepEqual(valuesOf(figure), {
		heads: ["lr", "loss", "error"], rows: [["1", "5", "0.1"], ["2", "5", "0.2"]], count: 2,
	});
});

test("bars of a timeline start at a time, in a row that has a name", () => {
	const data = [{ name: "completed", base: ["2026-01-02T03:04:05Z"], x: [1500], y: [1], customdata: [3] }];
	const { heads, rows } = valuesOf({ data, layout: { yaxis: { tickvals: [0, 2], ticktext: ["host:1", "host:2"] } } });

	assert.deepEqual(heads, ["trial", "start", "milliseconds", "y"]);
	assert.deepEqual(rows, [["3", "2026-01-02 03:04:05", "1500", "host:1"]]);
});

test("of many values a hundred are shown, from the first on", () => {
	const x = Array.from({ length: 2500 }, (_, i) => i);
	const { rows, count } = valuesOf({ data: [{ x, y: x }], layout });

	assert.equal(count, 2500);
	assert.equal(rows.length, 100);
	assert.deepEqual([rows[0]![0], rows[1]![0], rows[99]![0]], ["0", "25", "2475"]);
});

test("a title says which part a figure shows", () => {
	assert.equal(partOf({ data: [], layout: { title: { text: "Timeline: the last 5 of 9 trials" } } }), "the last 5 of 9 trials");
	assert.equal(partOf({ data: [], layout: { title: { text: "Slice" } } }), "");
});
