//! Drivers of databases, caches and mail, unmodified, against real servers; `./just servers` fetches these.

mod engines;
mod mariadb;
mod pgbouncer;
mod postgresql;
mod queues;
mod redis;
mod refused;
mod served;
mod servers;
mod smtp;
