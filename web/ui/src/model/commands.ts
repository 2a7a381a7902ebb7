// What a person can tell the server to do. Each says how it went.
import { ApiError, send, studyUrl } from "../api/client.js";
import type { Limits, Value } from "../api/types.js";
import { attempt, tell } from "./notices.js";
import type { StudyModel } from "./study.js";

const trialUrl = (study: string, number: number, rest = "") => studyUrl(study, `/trials/${number}${rest}`);

async function command(model: StudyModel, method: string, rest: string, body: object, done: string): Promise<boolean> {
	const answer = await attempt(() => send(method, studyUrl(model.name, rest), body), done);

	await model.refresh();
	return answer !== undefined;
}

// Where another process runs the study, `ask` hears so: with `join` a second one is started.
export async function startElsewhere<T>(start: () => Promise<T>, ask: (message: string) => void): Promise<T | undefined> {
	try {
		return await start();
	} catch (error) {
		if (!(error instanceof ApiError) || error.code !== "elsewhere") throw error;
		ask(error.message);
		return undefined;
	}
}

export async function startStudy(model: StudyModel, join: boolean, ask: (message: string) => void): Promise<void> {
	const start = () => send("POST", studyUrl(model.name, "/start"), { join });

	if (await attempt(() => startElsewhere(start, ask)) !== undefined) tell("The study runs.");
	await model.refresh();
}

export const pauseStudy = (model: StudyModel) =>
	command(model, "POST", "/pause", {}, "The study pauses; its running trials wait to be taken up again.");
export const stopStudy = (model: StudyModel) =>
	command(model, "POST", "/stop", {}, "The study stops.");
export const changeLimits = (model: StudyModel, limits: Limits) =>
	command(model, "PATCH", "", { limits }, "The limits are changed.");
export const archiveStudy = (model: StudyModel, archived: boolean) =>
	command(model, "PATCH", "", { archived }, archived ? "The study is archived." : "The study is back in the list.");
export const noteStudy = (model: StudyModel, note: string) =>
	command(model, "PATCH", "", { note }, "The note is kept.");
export const enqueueTrial = (model: StudyModel, params: Record<string, Value>) =>
	command(model, "POST", "/trials", { params }, "The point is tried next.");
export const archiveTrial = (model: StudyModel, number: number, archived: boolean) =>
	command(model, "PATCH", `/trials/${number}`, { archived },
		archived ? `Trial ${number} is archived.` : `Trial ${number} is back in the table.`);
export const stopTrial = (model: StudyModel, number: number) =>
	command(model, "POST", `/trials/${number}/stop`, {}, `Trial ${number} is asked to stop.`);

export const noteTrial = (study: string, number: number, note: string) =>
	attempt(() => send("PATCH", trialUrl(study, number), { note }), "The note is kept.");
export const stopTrialOf = (study: string, number: number) =>
	attempt(() => send("POST", trialUrl(study, number, "/stop"), {}), `Trial ${number} is asked to stop.`);
export const deleteStudy = (study: string) =>
	attempt(() => send("DELETE", studyUrl(study)), `The study ${study} is deleted.`);
