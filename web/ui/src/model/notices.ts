// Short messages about what was done or failed, in the corner of the page.
import { signal } from "@preact/signals";

export interface Notice {
	id: number;
	kind: "done" | "failed";
	text: string;
}

export const notices = signal<Notice[]>([]);

let last = 0;

export function dismiss(id: number): void {
	notices.value = notices.value.filter((notice) => notice.id !== id);
}

export function tell(text: string, kind: Notice["kind"] = "done"): void {
	const id = ++last;

	notices.value = [...notices.value.slice(-3), { id, kind, text }];
	if (kind === "done") setTimeout(() => dismiss(id), 6000);
}

// Does something that may fail, and says how it went.
export async function attempt<T>(work: () => Promise<T>, done?: string): Promise<T | undefined> {
	try {
		const result = await work();

		if (done !== undefined) tell(done);
		return result;
	} catch (error) {
		tell((error as Error).message, "failed");
		return undefined;
	}
}
