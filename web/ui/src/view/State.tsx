import type { StudyState, TrialState } from "../api/types.js";

export function State({ state, stopping }: { state: StudyState | TrialState; stopping?: boolean }) {
	return <span class={`pill ${state}`}>{stopping && state === "running" ? "stopping" : state}</span>;
}
