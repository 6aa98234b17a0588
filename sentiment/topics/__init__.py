"""What people are hit by: seeded topics of one post, and their table over many."""

from sentiment.topics.course import topic_table
from sentiment.topics.seeded import Topic, load_topics, topic_words, topics_of

__all__ = ["Topic", "load_topics", "topic_table", "topic_words", "topics_of"]
