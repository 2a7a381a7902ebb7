// What is shown of a study's trials: the address says it, so that a link restores it.
import { computed, signal } from "@preact/signals";

import { brushTest, readBrush, writeBrush, type Brush } from "./brush.js";
import { cell, parseFilter } from "./filter.js";
import { query, setQuery } from "./route.js";
import type { StudyModel } from "./study.js";
import { sortRows } from "./sort.js";
import { goals, loss, type Row } from "./table.js";

export interface Column {
	key: string;
	title: string;
	kind: "number" | "text" | "state" | "seconds" | "note";
	width: number;
}

const LATER: Column[] = [
	{ key: "iteration", title: "iteration", kind: "number", width: 104 },
	{ key: "seconds", title: "duration", kind: "seconds", width: 104 },
	{ key: "worker", title: "worker", kind: "text", width: 130 },
	{ key: "arm", title: "arm", kind: "text", width: 90 },
	{ key: "source", title: "source", kind: "text", width: 96 },
	{ key: "attempt", title: "attempt", kind: "number", width: 84 },
	{ key: "reason", title: "why it ended", kind: "text", width: 240 },
	{ key: "note", title: "note", kind: "note", width: 200 },
];
const HIDDEN_AT_FIRST = new Set(["worker", "arm", "source", "attempt"]);
const PARAMETERS_AT_FIRST = 12;

export class StudyView {
	readonly chosen = signal<ReadonlySet<number>>(new Set());
	readonly brush = computed<Brush>(() => readBrush(query("brush")));

	constructor(readonly model: StudyModel) {}

	// Every column there is, in the order of the table.
	readonly columns = computed<Column[]>(() => {
		const study = this.model.study.value;

		return [
			{ key: "number", title: "trial", kind: "number", width: 76 },
			{ key: "state", title: "state", kind: "state", width: 126 },
			...(study?.objectives ?? []).map((o): Column =>
				({ key: o.key, title: o.key, kind: "number", width: Math.max(104, 42 + o.key.length * 8.6) })),
			...(study?.parameters ?? []).map((p): Column => ({
				key: p.name, title: p.name, width: Math.max(100, 42 + p.name.length * 8.6),
				kind: p.type === "float" || p.type === "int" ? "number" : "text",
			})),
			...LATER,
		];
	});

	readonly shown = computed<Column[]>(() => {
		const wanted = query("cols");
		const many = new Set((this.model.study.value?.parameters ?? [])
			.slice(PARAMETERS_AT_FIRST).map((p) => p.name));

		if (wanted !== "") {
			const names = new Set(wanted.split(",").map(decodeURIComponent));

			return this.columns.value.filter((column) => names.has(column.key));
		}
		return this.columns.value.filter(({ key }) => !HIDDEN_AT_FIRST.has(key) && !many.has(key));
	});

	// The trials that pass the filter and the brush, whatever their order.
	readonly passing = computed<Row[]>(() => {
		const objectives = this.model.objectives.value;
		const filter = parseFilter(query("q"), objectives);
		const brush = brushTest(this.brush.value, objectives);
		const archived = query("archived") === "1";
		const state = query("state");

		return this.model.rows.value.filter((row) =>
			(archived || !row.archived) && (state === "" || row.state === state) &&
			filter(row) && brush(row));
	});

	readonly isFiltered = computed(() =>
		["q", "brush", "state"].some((key) => query(key) !== ""));

	// The numbers of the passing trials where something is filtered: figures dim the others.
	readonly marked = computed<ReadonlySet<number> | null>(() =>
		this.isFiltered.value && this.model.loaded.value ? new Set(this.passing.value.map((row) => row.number)) : null);

	readonly sorted = computed<Row[]>(() => {
		const objectives = this.model.objectives.value;
		const [key, direction] = this.sort.value;
		const index = objectives.findIndex((o) => o.key === key);

		return sortRows(this.passing.value, direction, (row) =>
			index >= 0 ? row.values[index] : cell(row, key, objectives));
	});

	// The column that the rows are sorted by, and whether downwards; the newest first at first.
	readonly sort = computed<[string, boolean]>(() => {
		const text = query("sort") || "-number";

		return text.startsWith("-") ? [text.slice(1), true] : [text, false];
	});

	setSort(key: string): void {
		const [now, down] = this.sort.value;
		const objective = this.model.objectives.value.find((o) => o.key === key);
		const downFirst = objective?.goal.startsWith("max") ?? false;
		const next = now === key ? !down : downFirst;

		setQuery({ sort: (next ? "-" : "") + key });
	}

	setBrush(axis: string, wanted: Brush[string] | null): void {
		const { [axis]: _, ...others } = this.brush.value;

		setQuery({ brush: writeBrush(wanted === null ? others : { ...others, [axis]: wanted }) });
	}

	setColumns(keys: string[]): void {
		setQuery({ cols: keys.map(encodeURIComponent).join(",") });
	}

	toggle(number: number): void {
		const next = new Set(this.chosen.value);

		if (!next.delete(number)) next.add(number);
		this.chosen.value = next;
	}

	// Best first by the first goal, for colours and for what is drawn on top.
	readonly ranks = computed<Map<number, number>>(() => {
		const objectives = this.model.objectives.value;
		const first = goals(objectives)[0];

		if (first === undefined) return new Map();
		const valued = this.model.rows.value
			.map((row) => ({ number: row.number, loss: loss(row, objectives[first]!, first) }))
			.filter((one) => one.loss !== Infinity)
			.sort((a, b) => a.loss - b.loss);

		return new Map(valued.map(({ number }, i) => [number, valued.length < 2 ? 0 : i / (valued.length - 1)]));
	});
}
