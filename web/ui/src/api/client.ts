// Calls of the server's JSON API. Every failure becomes an ApiError with a sentence to show.
import { readJson, writeJson } from "./json.js";
import type { Figure } from "./types.js";

export class ApiError extends Error {
	constructor(
		message: string,
		readonly status: number,
		readonly path: string | null = null,
		readonly code: string | null = null,
	) {
		super(message);
	}
}

async function failure(response: Response): Promise<ApiError> {
	let message = `the server answered ${response.status} ${response.statusText}`;
	let path: string | null = null;
	let code: string | null = null;

	try {
		const { error } = await response.json();

		if (typeof error?.message === "string") message = error.message;
		if (typeof error?.path === "string") path = error.path;
		if (typeof error?.code === "string") code = error.code;
	} catch {
		// Not JSON: what we have says enough.
	}
	return new ApiError(message, response.status, path, code);
}

async function request(path: string, init: RequestInit): Promise<Response> {
	let response: Response;

	try {
		response = await fetch(path, init);
	} catch (cause) {
		if (init.signal?.aborted) throw cause;
		throw new ApiError("The server does not answer. Is hpo ui still running?", 0);
	}
	if (!response.ok) throw await failure(response);
	return response;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
	return readJson(await (await request(path, signal ? { signal } : {})).text());
}

// A figure is drawn in numbers: Plotly knows no others.
export async function getFigure(path: string, signal: AbortSignal): Promise<Figure> {
	return (await request(path, { signal })).json();
}

export async function send<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
	const response = await request(path, {
		method,
		headers: { "Content-Type": "application/json" },
		body: body === undefined ? "{}" : writeJson(body),
	});
	const text = await response.text();

	return text === "" ? (null as T) : readJson(text);
}

// A segment of a path for a name that could be taken for "." or "..", which browsers resolve.
export const segment = (name: string): string =>
	(/^(\.{1,2}$|~)/.test(name) ? "~" : "") + encodeURIComponent(name);

export const nameOf = (part: string): string => part.replace(/^~/, "");

export const studyUrl = (study: string, rest = ""): string =>
	`/api/studies/${segment(study)}${rest}`;
