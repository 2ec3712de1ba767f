//! The seeder against the real commands, and the workloads against a real server.

mod seeder;
