/* The prologue of the variant that brings its own Python: an interpreter that reads nothing but this file.
   Built by whole.py against a static libpython; the sealed zip stands behind it. No PYTHON* variable, .pth,
   pyvenv.cfg or site is read (PyConfig_InitIsolatedConfig, site_import 0, own search path).
   A child is started from memory: `/proc/self/fd/N --sealed-child N ...`. */
#include <Python.h>
#include <unistd.h>

static int place(char *out, size_t size, int argc, char **argv) {
    if (argc > 2 && strcmp(argv[1], "--sealed-child") == 0) {
        int written = snprintf(out, size, "/proc/self/fd/%d", atoi(argv[2]));
        return written > 0 && (size_t)written < size;
    }
    ssize_t length = readlink("/proc/self/exe", out, size - 1);
    if (length < 0) return 0;
    out[length] = 0;
    return 1;
}

int main(int argc, char **argv) {
    static const char *harmful[] = {"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "OPENSSL_CONF", "OPENSSL_MODULES",
                                    "SSLKEYLOGFILE", "GCONV_PATH", "GLIBC_TUNABLES", NULL};
    char self[4096], library[4200];
    int is_dirty = 0;
    for (const char **name = harmful; *name; name++)
        if (getenv(*name)) { unsetenv(*name); is_dirty = 1; }
    if (is_dirty) execv("/proc/self/exe", argv); /* once more, without what the loader has already obeyed */
    if (!place(self, sizeof self, argc, argv)) return 78;
    snprintf(library, sizeof library, "%s/", self);

    PyPreConfig before;
    PyPreConfig_InitIsolatedConfig(&before);
    before.utf8_mode = 1;
    if (PyStatus_Exception(Py_PreInitialize(&before))) return 78;

    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.write_bytecode = 0;
    config.parse_argv = 0;
    config.install_signal_handlers = 1;
    config.pathconfig_warnings = 0;
    wchar_t *name = Py_DecodeLocale(self, NULL);
    if (!name) return 78;
    PyConfig_SetString(&config, &config.executable, name);
    PyConfig_SetString(&config, &config.program_name, name);
    PyConfig_SetString(&config, &config.home, name);
    PyConfig_SetString(&config, &config.prefix, name);
    PyConfig_SetString(&config, &config.exec_prefix, name);
    PyConfig_SetString(&config, &config.base_prefix, name);
    PyConfig_SetString(&config, &config.base_exec_prefix, name);
    config.module_search_paths_set = 1;
    PyWideStringList_Append(&config.module_search_paths, name);
    PyConfig_SetBytesArgv(&config, argc, argv);
    PyStatus status = Py_InitializeFromConfig(&config);
    if (PyStatus_Exception(status)) Py_ExitStatusException(status);
    PySys_SetObject("frozen", Py_True);
    PyObject *module = PyImport_ImportModule("narrowgate_boot_whole");
    int failed = module == NULL;
    if (failed) PyErr_Print(); /* also ends the process on SystemExit, with its status */
    Py_XDECREF(module);
    return Py_FinalizeEx() < 0 || failed;
}
