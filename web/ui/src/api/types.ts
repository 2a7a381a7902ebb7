// What the server answers; web/server/openapi.json is the contract.

// A whole number beyond 2^53 is a BigInt; see json.ts.
export type Whole = number | bigint;
export type Value = string | Whole | boolean | null;
export type TrialState = "waiting" | "running" | "completed" | "pruned" | "failed";
export type StudyState = "running" | "stopped" | "paused" | "done" | "idle";
export type Goal = "min" | "max" | "min_global" | "max_global" | "bound";

export interface Objective {
	title: string | null;
	series: string;
	key: string;
	goal: Goal;
	bound: number | null;
}

export interface Best {
	number: number;
	values: (number | null)[];
	params: Record<string, Value>;
}

export interface Run {
	id: string;
	state: "running" | "stopping" | "ended";
	pid: number;
	started_s: number;
	ended_s: number | null;
	exit: number | null;
	message: string | null;
}

export interface StudyRow {
	name: string;
	state: StudyState;
	trials: Record<TrialState, number>;
	limit: Whole | null;
	objectives: Objective[];
	best: Best[];
	created_s: number;
	changed_s: number | null;
	revision: number;
	archived: boolean;
	note: string;
	backend: string | null;
	run: Run | null;
}

export interface Parameter {
	name: string;
	type: "float" | "int" | "categorical" | "ordinal" | "bool";
	log: boolean;
}

export type Limits = Record<string, Whole | null>;

export interface Study extends StudyRow {
	definition: StudyFile;
	strategy: string;
	pruner: string;
	seed: Whole;
	limits: Limits;
	parameters: Parameter[];
	compute_s: number;
	started_s: number | null;
	ended_s: number | null;
	budget: { name: string; used: number; limit: Whole | null }[];
	metrics: string[];
	count: number;
	attributes: Record<string, unknown>;
}

// A study file: section by section, as doc/study.schema.json says.
export interface StudyFile {
	name?: string;
	objectives?: FileObjective[];
	parameters?: FileParameter[];
	constraints?: string[];
	strategy?: { name?: string; [option: string]: unknown };
	pruner?: { name?: string; [option: string]: unknown };
	limits?: Limits;
	task?: Record<string, unknown>;
	store?: string;
}

export interface FileObjective {
	title?: string;
	series?: string;
	goal?: string;
	bound?: number;
}

export interface FileParameter {
	name?: string;
	type: string;
	low?: Whole;
	high?: Whole;
	scale?: string;
	step?: Whole;
	choices?: Exclude<Value, null>[];
	default?: Value;
	when?: Record<string, Value[]>;
	[key: string]: unknown;
}

export interface Trial {
	number: number;
	state: TrialState;
	params: Record<string, Value> | null;
	values: (number | null)[] | null;
	attempt: number;
	source: string;
	arm: string | null;
	started: string | null;
	ended: string | null;
	seconds: number;
	iteration: Whole | null;
	reason: string | null;
	task: string | null;
	checkpoint: string | null;
	worker: string | null;
	stopping: boolean;
	attributes: Record<string, unknown>;
	revision: number;
	reports?: [Whole, string, number | null][];
}

// Columns of equal length: a trial is what stands at one index of all of them.
export interface TrialColumns {
	number: number[];
	state: TrialState[];
	values: (number | null)[][];
	params: Record<string, Value[]>;
	started_s: (number | null)[];
	ended_s: (number | null)[];
	seconds: number[];
	iteration: (Whole | null)[];
	attempt: number[];
	worker: (string | null)[];
	arm: (string | null)[];
	source: string[];
	reason: (string | null)[];
	archived: boolean[];
	note: string[];
	stopping: boolean[];
}

export interface TrialsAnswer extends TrialColumns {
	revision: number;
	count: number;
	next: string;
	more: boolean;
	reset: boolean;
}

export interface Resources {
	workers: { id: number; name: string; alive: boolean; running: number }[];
	running: number;
	slots: number;
	free: number;
}

export interface Figure {
	data: Record<string, any>[];
	layout: Record<string, any>;
}

export interface FigureInfo {
	name: string;
	title: string;
	per_objective: boolean;
	pair: boolean;
	objectives: number[];
}

export interface Log {
	size: number;
	offset: number;
	next: number;
	text: string;
}

export interface Validation {
	valid: boolean;
	message: string | null;
	path: string | null;
	definition: StudyFile | null;
	exists: boolean;
}

// A setting of a strategy or a pruner; of one with choices, the default is an index into them.
export interface Setting {
	name: string;
	type?: string;
	default?: Value;
	summary?: string;
	choices?: string[];
}

export interface Choice {
	name: string;
	settings: Setting[];
}

export interface Info {
	version: string;
	store: string;
	can_launch: boolean;
	launch_hint: string | null;
	writable: boolean;
	now_s: number;
	strategies: Choice[];
	pruners: Choice[];
	backends: string[];
	cwd: string;
}
