-- The tables of a store. Text is compared by its code points, as Python does.

CREATE TABLE about (
    name text PRIMARY KEY,
    value text NOT NULL
);

CREATE TABLE record_types (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    UNIQUE (name, version)
);

CREATE TABLE substances (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    identity text COLLATE "C" NOT NULL UNIQUE,
    size integer NOT NULL
);

CREATE TABLE components (
    name text COLLATE "C" NOT NULL,
    substance bigint NOT NULL REFERENCES substances (id),
    role text COLLATE "C" NOT NULL,
    mole_fraction double precision,
    exact_amount bigint,
    PRIMARY KEY (name, substance, role)
);

CREATE INDEX components_by_substance ON components (substance);

CREATE TABLE records (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text COLLATE "C" NOT NULL UNIQUE,
    type integer NOT NULL REFERENCES record_types (id),
    identity text COLLATE "C" UNIQUE,
    substance bigint REFERENCES substances (id),
    phase text COLLATE "C",
    property_type text COLLATE "C",
    temperature double precision,
    pressure double precision,
    value double precision,
    uncertainty double precision,
    unit text COLLATE "C",
    indexed jsonb,
    generation integer NOT NULL,
    files text,
    document jsonb NOT NULL
);

CREATE INDEX records_by_substance ON records (substance, type, temperature)
    WHERE substance IS NOT NULL;
CREATE INDEX records_by_state ON records (type, property_type, temperature);
CREATE INDEX records_by_tags ON records USING gin ((document -> 'tags') jsonb_path_ops)
    WHERE document -> 'tags' <> '{}';

CREATE TABLE indexed_fields (
    type integer NOT NULL REFERENCES record_types (id),
    field text COLLATE "C" NOT NULL,
    PRIMARY KEY (type, field)
);

CREATE TABLE superseded (
    key text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    type integer NOT NULL REFERENCES record_types (id),
    files text,
    document jsonb NOT NULL,
    time text COLLATE "C" NOT NULL,
    reason text,
    PRIMARY KEY (key, generation)
);

CREATE INDEX superseded_by_time ON superseded (time);

CREATE TABLE claims (
    token bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    owner text NOT NULL,
    since text NOT NULL,
    expiry double precision NOT NULL,
    beats bigint NOT NULL DEFAULT 0,
    is_doubted boolean NOT NULL DEFAULT false
);

-- JSONB orders the names of an object; a document begins with its type, so that it is read quickly.
CREATE FUNCTION document_text(document jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN document - 'type' = '{}' THEN document::text
        ELSE '{"type":' || (document -> 'type')::text || ',' || substr((document - 'type')::text, 2)
        END;
