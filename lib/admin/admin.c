#include "admin/admin.h"

#include "admin/bound.h"
#include "admin/desk.h"
#include "base/err.h"
#include "base/mem.h"

#include <errno.h>

struct admin {
	struct desk desk;
	struct gate *gate;
	struct settings *bound; /* under which it listens */
};

int admin_start(const struct admin_options *options, struct admin **ret_admin, uint16_t *ret_port)
{
	struct gate_options gate = { .loop = options->loop,
				     .limits = gate_usual_limits,
				     .metrics = options->metrics,
				     .on_request = desk_receive };
	struct admin *a;
	uint16_t port;
	int fd = bound_open(&options->settings->admin_listen, &port);

	if (fd < 0)
		return fd;
	a = MEM_NEW(struct admin);
	gate.arg = &a->desk;
	a->gate = gate_create(&gate, fd);
	if (!a->gate) {
		mem_free(a);
		errno = ENOMEM;
		return ERR_IO;
	}
	a->desk.options = *options;
	a->desk.options.settings = settings_ref(options->settings);
	a->bound = settings_ref(options->settings);
	if (!options->settings->admin_token.at)
		log_warn("admin",
			 "no admin.token_file: nothing but /healthz and /readyz is answered");
	*ret_admin = a;
	*ret_port = port;
	return 0;
}

void admin_stop(struct admin **a)
{
	struct admin *admin = *a;

	if (!admin)
		return;
	*a = NULL;
	gate_destroy(&admin->gate);
	desk_settle(&admin->desk);
	bound_forget(&admin->bound->admin_listen);
	settings_unref(&admin->bound);
	settings_unref(&admin->desk.options.settings);
	mem_free(admin);
}

void admin_use_settings(struct admin *a, struct settings *settings)
{
	settings_unref(&a->desk.options.settings);
	a->desk.options.settings = settings_ref(settings);
}
