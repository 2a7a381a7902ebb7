// One study as the page holds it: fetched once, then kept up to date by what the server tells.
import { computed, signal } from "@preact/signals";

import { ApiError, get, studyUrl } from "../api/client.js";
import { watch } from "../api/events.js";
import type { FigureInfo, Resources, Study, TrialsAnswer } from "../api/types.js";
import { mergeRows, type Row } from "./table.js";

// The rows of a large study, which are below what is seen at first, wait so long for a figure.
const MANY = 1000;
const AHEAD_MS = 2000;

export class StudyModel {
	readonly study = signal<Study | null>(null);
	readonly rows = signal<Row[]>([]);
	readonly loaded = signal(false); // its rows
	readonly error = signal<ApiError | null>(null);
	readonly figures = signal<FigureInfo[]>([]);
	readonly resources = signal<Resources | null>(null);
	readonly objectives = computed(() => this.study.value?.objectives ?? []);
	// Grows with each change of the trials: what is drawn from them is drawn again.
	readonly version = signal(0);

	// Told by the first figure that is drawn.
	figureDrawn: () => void = () => undefined;
	private readonly drawn = new Promise<void>((resolve) => (this.figureDrawn = resolve));
	private next: string | null = null;
	private busy = false;
	private again = false;
	private readonly unwatch: () => void;

	constructor(readonly name: string) {
		void this.refresh();
		this.unwatch = watch(name, {
			onOpen: () => void this.refresh(),
			onStudy: (row) => {
				// The head of the page follows at once, the rest as it arrives.
				if (this.study.value !== null) this.study.value = { ...this.study.value, ...row };
				void this.refresh();
			},
			onList: () => void this.refresh(),
			onGone: () => {
				this.error.value = new ApiError("This study was deleted.", 404);
			},
		});
	}

	close(): void {
		this.unwatch();
	}

	// Fetches what changed. Calls while one runs are answered by one more run after it.
	async refresh(): Promise<void> {
		if (this.busy) {
			this.again = true;
			return;
		}
		this.busy = true;
		do {
			this.again = false;
			try {
				await this.fetchAll();
				this.error.value = null;
			} catch (error) {
				this.error.value = error as ApiError;
			}
		} while (this.again);
		this.busy = false;
	}

	private async fetchAll(): Promise<void> {
		const first = !this.loaded.value;

		await Promise.all([this.fetchHead(), first ? undefined : this.fetchRows()]);
		if (!first) return;
		if (this.study.value!.count > MANY)
			await Promise.race([this.drawn, new Promise((resolve) => setTimeout(resolve, AHEAD_MS))]);
		await this.fetchRows();
		this.loaded.value = true;
	}

	private async fetchHead(): Promise<void> {
		const [study, resources] = await Promise.all([
			get<Study>(studyUrl(this.name)),
			get<Resources>(studyUrl(this.name, "/resources")),
			this.fetchFigures(),
		]);

		this.study.value = study;
		this.resources.value = resources;
	}

	private async fetchFigures(): Promise<void> {
		const { figures } = await get<{ figures: FigureInfo[] }>(studyUrl(this.name, "/figures"));
		const names = (list: FigureInfo[]) => list.map((figure) => figure.name).join();

		if (names(figures) !== names(this.figures.value)) this.figures.value = figures;
	}

	private async fetchRows(): Promise<void> {
		let answer: TrialsAnswer;
		let rows = this.rows.value;

		do {
			const since = this.next === null ? "" : `?since=${encodeURIComponent(this.next)}`;

			answer = await get<TrialsAnswer>(studyUrl(this.name, `/trials${since}`));
			this.next = answer.next;
			if (answer.number.length > 0 || answer.reset) rows = mergeRows(rows, answer);
		} while (answer.more);
		if (rows === this.rows.value) return;
		this.rows.value = rows;
		// The figures were asked for with the study: of the first rows they know, unless it went on.
		if (this.loaded.value || answer.revision !== this.study.value?.revision) this.version.value++;
	}
}
