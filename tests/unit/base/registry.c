/*
 * Tables by name: built in, registered, and loaded.
 */
#include "base/registry.h"

#include "base/alloc.h"
#include "support/alloc.h"

#include <check.h>
#include <dlfcn.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A kind of table as this build knows it, and as an older build did. */
struct tool {
	uint32_t struct_size;
	const char *name;
	int (*required)(void);
	int (*optional)(void);
};

struct older_tool {
	uint32_t struct_size;
	const char *name;
	int (*required)(void);
};

static int give_one(void)
{
	return 1;
}

static int give_default(void)
{
	return 99;
}

static hpo_status_t check_tool(const void *table, hpo_error_t *error)
{
	const struct tool *tool = table;

	if (tool->required == NULL)
		return hpo__fail(error, HPO_EINVAL, "tool '%s' lacks required()", tool->name);
	return HPO_OK;
}

static void complete_tool(void *table)
{
	struct tool *tool = table;

	if (tool->optional == NULL)
		tool->optional = give_default;
}

static const struct tool hammer = { sizeof(struct tool), "hammer", give_one, NULL };
static const struct tool saw = { sizeof(struct tool), "saw", give_one, give_one };
static const void *const builtin[] = { &hammer, &saw, NULL };
static const struct hpo_alias aliases[] = { { "Mallet", "hammer" }, { NULL, NULL } };

static struct hpo_registry make_registry(void)
{
	return (struct hpo_registry){
		.kind = "tool",
		.table_size = sizeof(struct tool),
		.builtin = builtin,
		.aliases = aliases,
		.check = check_tool,
		.complete = complete_tool,
	};
}

/* A registry of the library lives as long as the process; those of tests do not. */
static void release_registry(struct hpo_registry *registry)
{
	for (size_t i = 0; i < registry->count; i++)
		hpo__free(registry->tables[i]);
	hpo__free(registry->tables);
	*registry = make_registry();
}

static struct hpo_registry registry;

static void set_up(void)
{
	registry = make_registry();
}

static void tear_down(void)
{
	release_registry(&registry);
}

static const struct tool *find(const char *name)
{
	hpo_error_t error = { 0 };
	const void *table = NULL;

	hpo__registry_find(&registry, name, &table, &error);
	ck_assert_msg(table != NULL, "%s", error.message);
	return table;
}

static void check_not_found(const char *name, const char *sentence)
{
	hpo_error_t error = { 0 };
	const void *table = &hammer;

	ck_assert_int_eq(hpo__registry_find(&registry, name, &table, &error), HPO_EINVAL);
	ck_assert_ptr_null(table);
	ck_assert_str_eq(error.message, sentence);
}

START_TEST(a_builtin_table_is_found_complete_and_stays)
{
	const struct tool *first = find("hammer");

	ck_assert_int_eq(first->required(), 1);
	ck_assert_int_eq(first->optional(), 99);
	ck_assert_int_eq(find("saw")->optional(), 1);
	ck_assert_ptr_eq(find("hammer"), first);
}
END_TEST

START_TEST(an_alias_finds_what_it_means)
{
	ck_assert_ptr_eq(find("Mallet"), find("hammer"));
}
END_TEST

START_TEST(an_unknown_name_is_refused_with_the_nearest_and_all)
{
	check_not_found("hamer", "unknown tool 'hamer': did you mean 'hammer'? "
				 "known are hammer, saw");
	check_not_found("mallot", "unknown tool 'mallot': did you mean 'Mallet'? "
				  "known are hammer, saw");
	check_not_found("chisel-set", "unknown tool 'chisel-set': known are hammer, saw");
	check_not_found("../hammer", "unknown tool '../hammer': did you mean 'hammer'? "
				     "known are hammer, saw");
	check_not_found(NULL, "the name of a tool is NULL");
}
END_TEST

START_TEST(a_registered_table_is_found_and_listed)
{
	struct tool drill = { sizeof drill, "drill", give_one, NULL };

	find("saw");
	ck_assert_int_eq(hpo__registry_add(&registry, &drill, NULL), HPO_OK);

	ck_assert_ptr_ne(find("drill"), &drill);
	ck_assert_int_eq(find("drill")->optional(), 99);
	ck_assert_str_eq(hpo__registry_name(&registry, 0), "hammer");
	ck_assert_str_eq(hpo__registry_name(&registry, 1), "saw");
	ck_assert_str_eq(hpo__registry_name(&registry, 2), "drill");
	ck_assert_ptr_null(hpo__registry_name(&registry, 3));
}
END_TEST

START_TEST(an_older_table_is_extended)
{
	struct older_tool file = { sizeof file, "file", give_one };

	ck_assert_int_eq(hpo__registry_add(&registry, &file, NULL), HPO_OK);

	ck_assert_int_eq(find("file")->optional(), 99);
	ck_assert_uint_eq(find("file")->struct_size, sizeof(struct tool));
}
END_TEST

START_TEST(of_a_newer_table_what_is_known_is_taken)
{
	struct {
		struct tool known;
		void *later[8];
	} newer = { { sizeof newer, "newer", give_one, give_one }, { NULL } };

	ck_assert_int_eq(hpo__registry_add(&registry, &newer, NULL), HPO_OK);

	ck_assert_int_eq(find("newer")->optional(), 1);
}
END_TEST

static void check_not_added(struct tool tool, const char *sentence)
{
	hpo_error_t error = { 0 };

	ck_assert_int_eq(hpo__registry_add(&registry, &tool, &error), HPO_EINVAL);
	ck_assert_str_eq(error.message, sentence);
	ck_assert_uint_eq(registry.count, 0);
}

START_TEST(a_table_that_cannot_work_is_refused)
{
	const uint32_t size = sizeof(struct tool);

	check_not_added((struct tool){ size, "drill", NULL, NULL },
			"tool 'drill' lacks required()");
	check_not_added((struct tool){ size, "saw", give_one, NULL },
			"there is a tool 'saw' already; choose another name");
	check_not_added((struct tool){ 4, "drill", give_one, NULL },
			"a tool's struct_size is 4; set it to the size of its table");
	check_not_added((struct tool){ size, "../x", give_one, NULL },
			"the name of a tool, '../x', is not 1 to 64 of a-z, 0-9, _ and -");
	check_not_added((struct tool){ size, NULL, give_one, NULL },
			"the name of a tool, '', is not 1 to 64 of a-z, 0-9, _ and -");
	ck_assert_int_eq(hpo__registry_add(&registry, NULL, NULL), HPO_EINVAL);
}
END_TEST

/* A folder that is the module path, with a file hpo_tool_<name>.so to be filled. */
struct folder {
	char path[64];
	char file[128];
};

static struct folder make_folder(const char *name)
{
	struct folder folder = { "/tmp/hpo-modules-XXXXXX", "" };
	char list[80];

	ck_assert_ptr_nonnull(mkdtemp(folder.path));
	snprintf(folder.file, sizeof folder.file, "%s/hpo_tool_%s.so", folder.path, name);
	snprintf(list, sizeof list, "::/nowhere:%s", folder.path);
	setenv("HPO_MODULE_PATH", list, 1);
	return folder;
}

static void remove_folder(const struct folder *folder)
{
	unlink(folder->file);
	ck_assert_int_eq(rmdir(folder->path), 0);
	unsetenv("HPO_MODULE_PATH");
}

static void check_load_fails(const char *name, const char *words, const char *more)
{
	hpo_error_t error = { 0 };
	const void *table = &hammer;

	ck_assert_int_eq(hpo__registry_find(&registry, name, &table, &error), HPO_EINVAL);
	ck_assert_ptr_null(table);
	ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
	ck_assert_msg(strstr(error.message, more) != NULL, "%s", error.message);
}

START_TEST(a_module_that_does_not_load_says_why)
{
	struct folder folder = make_folder("torn");
	FILE *file = fopen(folder.file, "w");

	fputs("this is no shared object\n", file);
	fclose(file);

	check_load_fails("torn", "the module cannot be loaded: ", folder.file);
	remove_folder(&folder);
}
END_TEST

START_TEST(a_module_without_an_entry_is_refused)
{
	struct folder folder = make_folder("other");
	Dl_info about;
	void *symbol = dlsym(RTLD_DEFAULT, "json_loadb");

	ck_assert_int_ne(dladdr(symbol, &about), 0);
	ck_assert_int_eq(symlink(about.dli_fname, folder.file), 0);

	check_load_fails("other", "has no hpo_module_init()", folder.file);
	remove_folder(&folder);
}
END_TEST

/* What the module of the next test calls, by the address that it finds in the environment. */
static hpo_status_t register_tool(const char *name, hpo_error_t *error)
{
	struct tool tool = { sizeof tool, name, give_one, NULL };

	if (strcmp(name, "sour") == 0)
		return hpo__fail(error, HPO_EINVAL, "it is not in the mood");
	return hpo__registry_add(&registry, &tool, error);
}

/* The unit tests are linked statically, so that a module cannot find our symbols by itself. */
static const char module_source[] =
	"#include <stdio.h>\n"
	"#include <stdlib.h>\n"
	"int hpo_module_init(void *error);\n"
	"int hpo_module_init(void *error)\n"
	"{\n"
	"	int (*add)(const char *, void *) = NULL;\n"
	"	sscanf(getenv(\"HPO_TEST_REGISTER\"), \"%p\", (void **)&add);\n"
	"	return add(MODULE_NAME, error);\n"
	"}\n";

static void compile_module(const struct folder *folder, const char *name)
{
	char command[400];
	char address[32];
	FILE *compiler;

	snprintf(address, sizeof address, "%#llx",
		 (unsigned long long)(uintptr_t)register_tool);
	setenv("HPO_TEST_REGISTER", address, 1);
	snprintf(command, sizeof command,
		 "cc -x c -shared -fPIC -w '-DMODULE_NAME=\"%s\"' -o '%s' -", name, folder->file);
	compiler = popen(command, "w");
	ck_assert_ptr_nonnull(compiler);
	fputs(module_source, compiler);
	ck_assert_int_eq(pclose(compiler), 0);
}

START_TEST(a_module_is_loaded_on_demand)
{
	struct folder folder = make_folder("planer");

	compile_module(&folder, "planer");

	ck_assert_int_eq(find("planer")->optional(), 99);
	remove_folder(&folder);
	ck_assert_str_eq(find("planer")->name, "planer");
}
END_TEST

START_TEST(a_module_that_refuses_is_named_with_its_words)
{
	struct folder folder = make_folder("sour");

	compile_module(&folder, "sour");

	check_load_fails("sour", "it is not in the mood", folder.file);
	remove_folder(&folder);
}
END_TEST

START_TEST(a_module_that_registers_another_name_is_no_help)
{
	struct folder folder = make_folder("promised");

	compile_module(&folder, "surprise");

	check_not_found("promised", "unknown tool 'promised': known are hammer, saw, surprise");
	remove_folder(&folder);
}
END_TEST

static hpo_status_t use_registry(void *user)
{
	struct tool drill = { sizeof drill, "drill", give_one, NULL };
	hpo_error_t error = { 0 };
	const void *table;
	hpo_status_t status;

	(void)user;
	status = hpo__registry_find(&registry, "saw", &table, &error);
	if (status == HPO_OK)
		status = hpo__registry_add(&registry, &drill, &error);
	if (status == HPO_OK) {
		status = hpo__registry_find(&registry, "dril", &table, &error);
		status = status == HPO_EINVAL ? HPO_OK : status;
	}
	release_registry(&registry);
	return status;
}

START_TEST(a_registry_survives_every_failing_allocation)
{
	hpo_test_each_allocation(use_registry, NULL);
}
END_TEST

Suite *unit_base_registry(void);

Suite *unit_base_registry(void)
{
	Suite *suite = suite_create("base/registry");
	TCase *tests = tcase_create("registry");

	tcase_set_timeout(tests, 60); /* some compile a module */
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_builtin_table_is_found_complete_and_stays);
	tcase_add_test(tests, an_alias_finds_what_it_means);
	tcase_add_test(tests, an_unknown_name_is_refused_with_the_nearest_and_all);
	tcase_add_test(tests, a_registered_table_is_found_and_listed);
	tcase_add_test(tests, an_older_table_is_extended);
	tcase_add_test(tests, of_a_newer_table_what_is_known_is_taken);
	tcase_add_test(tests, a_table_that_cannot_work_is_refused);
	tcase_add_test(tests, a_module_that_does_not_load_says_why);
	tcase_add_test(tests, a_module_without_an_entry_is_refused);
	tcase_add_test(tests, a_module_is_loaded_on_demand);
	tcase_add_test(tests, a_module_that_refuses_is_named_with_its_words);
	tcase_add_test(tests, a_module_that_registers_another_name_is_no_help);
	tcase_add_test(tests, a_registry_survives_every_failing_allocation);
	suite_add_tcase(suite, tests);
	return suite;
}
