/*
 * The page: files that are part of the command.
 */
#include "server/assets.h"
#include "server/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No script but ours, nothing from elsewhere, no frame around us. */
static const char policy[] =
	"default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; "
	"connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
	"frame-ancestors 'none'";

static const char no_page[] =
	"<!doctype html><meta charset=utf-8><title>hpo ui</title>"
	"<h1>The page was left out of this build</h1>"
	"<p>It is made with Node and npm, which were missing when this command was built. "
	"Install them and run make again. The <a href=\"/api/openapi.json\">API</a> works.";

static const struct asset *find_asset(const char *name)
{
	for (const struct asset *asset = web_assets; asset->name != NULL; asset++) {
		if (strcmp(asset->name, name) == 0)
			return asset;
	}
	return NULL;
}

const char *find_document(const char *name, size_t *size)
{
	const struct asset *asset = find_asset(name);

	*size = asset != NULL ? (size_t)(asset->end - asset->bytes) : 0;
	return asset != NULL ? (const char *)asset->bytes : NULL;
}

static bool takes_gzip(const struct request *request)
{
	const char *given = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
							"Accept-Encoding");

	return given != NULL && strstr(given, "gzip") != NULL;
}

static enum MHD_Result answer_asset(struct request *request, const struct asset *asset)
{
	struct MHD_Response *response;

	if (has_tag(request, asset->tag))
		return answer_unchanged(request, asset->tag);
	if (asset->zipped && !takes_gzip(request))
		return answer_error(request, MHD_HTTP_NOT_ACCEPTABLE, "media_type",
				    "this file is only there with gzip: send Accept-Encoding: gzip");
	response = MHD_create_response_from_buffer((size_t)(asset->end - asset->bytes),
						   (void *)asset->bytes, MHD_RESPMEM_PERSISTENT);
	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", asset->type);
	if (asset->zipped)
		MHD_add_response_header(response, "Content-Encoding", "gzip");
	MHD_add_response_header(response, "Vary", "Accept-Encoding");
	MHD_add_response_header(response, "ETag", asset->tag);
	MHD_add_response_header(response, "Cache-Control", "no-cache");
	MHD_add_response_header(response, "Content-Security-Policy", policy);
	return answer_with(request, MHD_HTTP_OK, response);
}

static enum MHD_Result answer_no_page(struct request *request)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		sizeof no_page - 1, (void *)no_page, MHD_RESPMEM_PERSISTENT);

	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", "text/html; charset=utf-8");
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "Content-Security-Policy", policy);
	return answer_with(request, MHD_HTTP_OK, response);
}

enum MHD_Result get_asset(struct request *request)
{
	const char *last = request->part_count > 0 ? request->parts[request->part_count - 1] : "";
	const struct asset *asset = NULL;

	if (request->part_count == 1 && strchr(last, '.') != NULL)
		asset = find_asset(last);
	if (asset == NULL && strchr(request->path + 1, '.') == NULL) {
		asset = find_asset("index.html");
		if (asset == NULL)
			return answer_no_page(request);
	}
	/* The page's own addresses may bear any name: /study/a.b */
	if (asset == NULL && request->part_count > 1)
		asset = find_asset("index.html");
	if (asset == NULL)
		return answer_error(request, MHD_HTTP_NOT_FOUND, "not_found",
				    "there is no such file");
	return answer_asset(request, asset);
}
