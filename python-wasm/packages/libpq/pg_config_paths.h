/* Where pg_service.conf is looked for, as elsewhere; a sandbox has it if it is granted. */
#define SYSCONFDIR "/etc/postgresql-common"
