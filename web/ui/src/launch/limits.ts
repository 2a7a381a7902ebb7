// The limits of a study, as the form and the dialog name them.
import type { Whole } from "../api/types.js";

export interface LimitField {
	key: string;
	label: string;
	hint: string;
	step: number | "any";
	advanced?: boolean;
	any?: boolean; // 0 is a value as any other, and only null is none
}

// What a field of a limit shows.
export const shown = ({ any }: LimitField, value: Whole | null | undefined): string =>
	(value === undefined || value === null || (value === 0 && !any) ? "" : String(value));

export const LIMITS: LimitField[] = [
	{ key: "trials", label: "Trials in all", step: 1, hint: "Completed, pruned, failed and running ones together." },
	{ key: "concurrent", label: "Trials at once", step: 1, hint: "How many run at the same time." },
	{ key: "minutes", label: "Minutes of the run", step: "any", hint: "The whole search ends after this time." },
	{ key: "compute_minutes", label: "Compute minutes", step: "any", hint: "Summed over all trials." },
	{ key: "target", label: "Value to reach", step: "any", any: true, hint: "The search ends with the first trial that is so good." },
	{ key: "patience", label: "Patience", step: 1, hint: "The search ends after so many trials that gained nothing." },
	{ key: "min_gain", label: "Gain at least", step: "any", hint: "What counts as one, as a share of the distance of the best trial from the median; needs a patience.", advanced: true },
	{ key: "trial_minutes", label: "Minutes of one trial", step: "any", hint: "A trial that runs longer is ended as failed.", advanced: true },
	{ key: "min_iterations", label: "Iterations at least", step: 1, hint: "No trial is stopped early before.", advanced: true },
	{ key: "max_iterations", label: "Iterations at most", step: 1, hint: "A trial that reports this many is complete.", advanced: true },
	{ key: "keep_top", label: "Best trials to keep", step: 1, hint: "All others are archived.", advanced: true },
	{ key: "retries", label: "Retries", step: 1, hint: "Of a trial that failed by itself.", advanced: true },
	{ key: "failure_rate", label: "Failure rate", step: "any", hint: "Give up when more than this share of the ended trials failed; 0.5 is half.", advanced: true },
];
