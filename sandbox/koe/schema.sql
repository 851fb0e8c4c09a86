-- Koe's relational store. Deleting an account deletes the user's row at once and leaves rows that name it:
-- columns with a user's id therefore have no foreign key.

DROP TABLE IF EXISTS invitations, team_members, projects, teams, users;

CREATE TABLE users (
    id bigint PRIMARY KEY,
    email text NOT NULL UNIQUE,
    name text NOT NULL,
    plan text NOT NULL CHECK (plan IN ('free', 'creator', 'studio')),
    country text,
    locale text NOT NULL,
    birth_date date,
    marketing_opt_in boolean NOT NULL,
    stripe_customer_id text UNIQUE,
    credit_balance numeric,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE teams (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    owner_id bigint NOT NULL,
    seats integer NOT NULL CHECK (seats > 0),
    created_at timestamptz NOT NULL
);

CREATE TABLE team_members (
    team_id bigint NOT NULL REFERENCES teams (id),
    user_id bigint NOT NULL,
    role text NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (team_id, user_id)
);

CREATE TABLE invitations (
    id bigint PRIMARY KEY,
    team_id bigint NOT NULL REFERENCES teams (id),
    email text NOT NULL,
    role text NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
    invited_at timestamptz NOT NULL,
    accepted_at timestamptz
);

CREATE TABLE projects (
    id uuid PRIMARY KEY,
    owner_id bigint NOT NULL,
    team_id bigint REFERENCES teams (id),
    title text NOT NULL,
    settings jsonb NOT NULL,
    budget numeric(12, 2),
    tags text[] NOT NULL,
    created_at timestamptz NOT NULL,
    archived_at timestamptz
);

CREATE INDEX users_created_at ON users (created_at);
CREATE INDEX teams_owner_id ON teams (owner_id);
CREATE INDEX team_members_user_id ON team_members (user_id);
CREATE INDEX projects_owner_id ON projects (owner_id);
CREATE INDEX projects_team_id ON projects (team_id);
