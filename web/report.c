/*
 * The page of `hpo report`: all figures of a study with Plotly itself, zipped, in
 * one file. Figures are JSON in elements that are no scripts, and no text of a study is
 * ever HTML.
 */
#include "report.h"

#include "server/assets.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char head[] =
	"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
	"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	"script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data: blob:\">"
	"<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;"
	"max-width:1200px;padding:1rem}pre{overflow:auto;padding:.75rem;border:1px solid #8884;"
	"border-radius:6px;font-size:.85rem}section{margin:1.5rem 0}.figure{min-height:420px;"
	"background:#fff;border:1px solid #8884;border-radius:6px}</style><title>";

static const char tail[] =
	"<script>\n"
	"async function unzip(id){const b=Uint8Array.from(atob(document.getElementById(id)"
	".textContent),c=>c.charCodeAt(0));const s=new Blob([b]).stream()"
	".pipeThrough(new DecompressionStream('gzip'));return new Response(s).text()}\n"
	/* The bundle that draws all else has no parallel coordinates: they are lines here. */
	"function lines(f){const t=f.data[0],d=t.dimensions||[],n=d.length?d[0].values.length:0,"
	"c=t.line&&t.line.color||[],lo=Math.min(...c),hi=Math.max(...c),every=Math.ceil(n/400)||1;"
	"const out=[];for(let i=0;i<n;i+=every){const part=hi>lo?(c[i]-lo)/(hi-lo):0;"
	"out.push({type:'scatter',mode:'lines',showlegend:false,hoverinfo:'skip',x:d.map((_,j)=>j),"
	"y:d.map(k=>{const r=k.range||[Math.min(...k.values),Math.max(...k.values)];"
	"return (k.values[i]-r[0])/((r[1]-r[0])||1)}),line:{width:1,color:`hsl(${240-200*part} 70% "
	"50%)`}})}f.data=out;f.layout.xaxis={tickvals:d.map((_,j)=>j),ticktext:d.map(k=>k.label)};"
	"f.layout.yaxis={visible:false}}\n"
	"(async()=>{for(const id of ['plotly','plotly3d']){if(!document.getElementById(id))continue;"
	"const e=document.createElement('script');e.textContent=await unzip(id);"
	"document.head.append(e);window[id]=window.Plotly}\n"
	"for(const e of document.querySelectorAll('.figure')){const f=JSON.parse("
	"document.getElementById(e.dataset.of).textContent);const space=f.data.some("
	"t=>t.type==='scatter3d');if(f.data.some(t=>t.type==='parcoords'))lines(f);"
	"f.layout.autosize=true;await (space&&window.plotly3d||window.plotly).newPlot(e,f.data,"
	"f.layout,{responsive:true,displaylogo:false})}\n"
	"document.documentElement.dataset.drawn='1'})()\n"
	"</script></body></html>\n";

static const struct asset *find_asset(const char *name)
{
	for (const struct asset *asset = web_assets; asset->name != NULL; asset++) {
		if (strcmp(asset->name, name) == 0 && asset->zipped)
			return asset;
	}
	return NULL;
}

/* RFC 4648. */
static void write_base64(FILE *out, const unsigned char *bytes, size_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < size; i += 3) {
		const unsigned b1 = i + 1 < size ? bytes[i + 1] : 0;
		const unsigned b2 = i + 2 < size ? bytes[i + 2] : 0;
		const unsigned all = (unsigned)bytes[i] << 16 | b1 << 8 | b2;

		putc(digits[all >> 18], out);
		putc(digits[all >> 12 & 63], out);
		putc(i + 1 < size ? digits[all >> 6 & 63] : '=', out);
		putc(i + 2 < size ? digits[all & 63] : '=', out);
	}
}

static void write_escaped(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '&')
			fputs("&amp;", out);
		else
			putc(*text, out);
	}
}

/* JSON within an element: no "<" may end it early. */
static void write_json(FILE *out, const char *json)
{
	for (; *json != '\0'; json++) {
		if (*json == '<')
			fputs("\\u003c", out);
		else
			putc(*json, out);
	}
}

static void write_asset(FILE *out, const char *id, const struct asset *asset)
{
	fprintf(out, "<script type=\"text/plain\" id=\"%s\">", id);
	write_base64(out, asset->bytes, (size_t)(asset->end - asset->bytes));
	fputs("</script>", out);
}

/* Text of the library in a box, and freed; false where there is none. */
static bool write_text(FILE *out, char *text)
{
	if (text == NULL)
		return false;
	fputs("<pre>", out);
	write_escaped(out, text);
	fputs("</pre>", out);
	hpo_free(text);
	return true;
}

static bool write_figure(FILE *out, const hpo_records_t *records, const char *name,
			 size_t objective, hpo_error_t *error)
{
	char *json = hpo_report_figure(records, name, objective, error);

	if (json == NULL)
		return false;
	fprintf(out, "<section><div class=\"figure\" data-of=\"%s-%zu\"></div>"
		     "<script type=\"application/json\" id=\"%s-%zu\">",
		name, objective, name, objective);
	write_json(out, json);
	fputs("</script></section>", out);
	hpo_free(json);
	return true;
}

static bool write_figures(FILE *out, const hpo_records_t *records, hpo_error_t *error)
{
	enum { OBJECTIVES = 3 };
	char *text = hpo_report_figures_json(records, error);
	json_t *list = text != NULL ? json_loads(text, 0, NULL) : NULL;
	bool is_fine = list != NULL;
	json_t *figure;
	size_t i;

	hpo_free(text);
	json_array_foreach(list, i, figure)
	{
		const char *name = json_string_value(json_object_get(figure, "name"));
		const size_t count = json_array_size(json_object_get(figure, "objectives"));

		for (size_t j = 0; is_fine && (j < count || j == 0) && j < OBJECTIVES; j++)
			is_fine = write_figure(out, records, name, j, error);
	}
	json_decref(list);
	return is_fine;
}

/* The page's parts, in their order; false with the error. */
static bool write_page(FILE *out, const hpo_records_t *records, const struct asset *plotly,
		       hpo_error_t *error)
{
	enum { ROWS = 50 };
	char *text = hpo_report_summary_json(records, error);
	json_t *summary = text != NULL ? json_loads(text, 0, NULL) : NULL;
	const char *name = json_string_value(json_object_get(summary, "study"));
	const bool is_flat = json_array_size(json_object_get(summary, "objectives")) < 3;
	bool is_fine = name != NULL;

	hpo_free(text);
	if (is_fine) {
		fputs(head, out);
		write_escaped(out, name);
		fputs("</title></head><body><h1>", out);
		write_escaped(out, name);
		fputs("</h1>", out);
		is_fine = write_text(out, hpo_report_summary(records, 0, error)) &&
			  write_figures(out, records, error);
		fputs("<h2>The best trials</h2>", out);
		is_fine = is_fine && write_text(out, hpo_report_table(records,
								      HPO_REPORT_BEST_FIRST, ROWS,
								      0, error));
		write_asset(out, "plotly", plotly);
		if (!is_flat && find_asset("plotly3d.js") != NULL)
			write_asset(out, "plotly3d", find_asset("plotly3d.js"));
		fputs(tail, out);
	}
	json_decref(summary);
	return is_fine;
}

char *web_report_page(const hpo_records_t *records, hpo_error_t *error)
{
	const struct asset *plotly = find_asset("plotly.js");
	char *page = NULL;
	size_t size = 0;
	bool is_fine;
	FILE *out;

	*error = (hpo_error_t){0};
	if (plotly == NULL) {
		error->code = HPO_EUNSUPPORTED;
		snprintf(error->message, sizeof error->message,
			 "this build has no Plotly, which the page is drawn with: install Node and "
			 "npm, and build again");
		return NULL;
	}
	out = open_memstream(&page, &size);
	is_fine = out != NULL && write_page(out, records, plotly, error);
	if (out == NULL || fclose(out) != 0)
		is_fine = false;
	if (!is_fine && error->code == 0)
		*error = (hpo_error_t){HPO_ENOMEM, "out of memory"};
	if (is_fine)
		return page;
	free(page);
	return NULL;
}
