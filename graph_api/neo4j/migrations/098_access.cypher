// Issued tokens and ended sessions (`graph_api/auth/access_tokens.py`).
CREATE CONSTRAINT access_token_name IF NOT EXISTS FOR (t:AccessToken) REQUIRE t.name IS UNIQUE;
CREATE CONSTRAINT access_token_digest IF NOT EXISTS FOR (t:AccessToken) REQUIRE t.digest IS UNIQUE;
CREATE CONSTRAINT ended_session_digest IF NOT EXISTS FOR (s:EndedSession) REQUIRE s.digest IS UNIQUE;
CREATE CONSTRAINT access_list_key IF NOT EXISTS FOR (a:AccessList) REQUIRE a.key IS UNIQUE;
