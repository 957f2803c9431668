
export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  
  "public": {
          Tables: {
            "circle_members": {
                  Row: {
                    "circle_id": string,"joined_at": string,"role": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "circle_id": string,"joined_at"?: string,"role"?: string,"user_id": string
                  }
                  Update: {
                    "circle_id"?: string,"joined_at"?: string,"role"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "circle_members_circle_id_fkey"
      columns: ["circle_id"]
isOneToOne: false
      referencedRelation: "circles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "circle_members_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "circle_members_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"circles": {
                  Row: {
                    "created_at": string,"created_by": string,"id": string,"name": string,"picture_path": string | null,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by": string,"id"?: string,"name": string,"picture_path"?: string | null,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string,"id"?: string,"name"?: string,"picture_path"?: string | null,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "circles_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "circles_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"conversation_participants": {
                  Row: {
                    "archived": boolean,"cleared_seq": number,"conversation_id": string,"hidden_seq": number,"joined_at": string,"last_read_seq": number,"left_at": string | null,"marked_seq": number,"muted": boolean,"own_revision": number,"pinned": boolean,"receipt_seq": number,"receipt_xid": number,"revision": number,"role": string,"user_id": string,"visible_from_seq": number
                  }
                  ComputedFields: never
                  Insert: {
                    "archived"?: boolean,"cleared_seq"?: number,"conversation_id": string,"hidden_seq"?: number,"joined_at"?: string,"last_read_seq"?: number,"left_at"?: string | null,"marked_seq"?: number,"muted"?: boolean,"own_revision"?: number,"pinned"?: boolean,"receipt_seq"?: number,"receipt_xid"?: number,"revision"?: number,"role"?: string,"user_id": string,"visible_from_seq"?: number
                  }
                  Update: {
                    "archived"?: boolean,"cleared_seq"?: number,"conversation_id"?: string,"hidden_seq"?: number,"joined_at"?: string,"last_read_seq"?: number,"left_at"?: string | null,"marked_seq"?: number,"muted"?: boolean,"own_revision"?: number,"pinned"?: boolean,"receipt_seq"?: number,"receipt_xid"?: number,"revision"?: number,"role"?: string,"user_id"?: string,"visible_from_seq"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "conversation_participants_conversation_id_fkey"
      columns: ["conversation_id"]
isOneToOne: false
      referencedRelation: "conversations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "conversation_participants_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "conversation_participants_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"conversations": {
                  Row: {
                    "created_at": string,"created_by": string | null,"direct_key": string | null,"history": string,"id": string,"kind": string,"last_message_at": string | null,"last_revision": number,"last_seq": number,"live_key": string,"metadata": NonNullable<Json>,"subject": string | null,"updated_at": string,"writers": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"direct_key"?: string | null,"history"?: string,"id"?: string,"kind"?: string,"last_message_at"?: string | null,"last_revision"?: number,"last_seq"?: number,"live_key"?: string,"metadata"?: NonNullable<Json>,"subject"?: string | null,"updated_at"?: string,"writers"?: string
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"direct_key"?: string | null,"history"?: string,"id"?: string,"kind"?: string,"last_message_at"?: string | null,"last_revision"?: number,"last_seq"?: number,"live_key"?: string,"metadata"?: NonNullable<Json>,"subject"?: string | null,"updated_at"?: string,"writers"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "conversations_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "conversations_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"message_reactions": {
                  Row: {
                    "created_at": string,"emoji": string,"message_id": string,"revision": number,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"emoji": string,"message_id": string,"revision": number,"user_id": string
                  }
                  Update: {
                    "created_at"?: string,"emoji"?: string,"message_id"?: string,"revision"?: number,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "message_reactions_message_id_fkey"
      columns: ["message_id"]
isOneToOne: false
      referencedRelation: "messages"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "message_reactions_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "message_reactions_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"message_reports": {
                  Row: {
                    "created_at": string,"id": string,"message_id": string,"note": string,"reason": string,"reported": NonNullable<Json>,"reporter_id": string,"resolution": string | null,"resolved_at": string | null,"resolved_by": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: string,"message_id": string,"note"?: string,"reason": string,"reported": NonNullable<Json>,"reporter_id": string,"resolution"?: string | null,"resolved_at"?: string | null,"resolved_by"?: string | null
                  }
                  Update: {
                    "created_at"?: string,"id"?: string,"message_id"?: string,"note"?: string,"reason"?: string,"reported"?: NonNullable<Json>,"reporter_id"?: string,"resolution"?: string | null,"resolved_at"?: string | null,"resolved_by"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "message_reports_message_id_fkey"
      columns: ["message_id"]
isOneToOne: false
      referencedRelation: "messages"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "message_reports_reporter_id_fkey"
      columns: ["reporter_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "message_reports_reporter_id_fkey"
      columns: ["reporter_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "message_reports_resolved_by_fkey"
      columns: ["resolved_by"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "message_reports_resolved_by_fkey"
      columns: ["resolved_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"messages": {
                  Row: {
                    "content": string,"conversation_id": string,"created_at": string,"deleted_at": string | null,"edited_at": string | null,"id": string,"mentions": (string)[],"metadata": NonNullable<Json>,"pinned_at": string | null,"reply_to": string | null,"revision": number,"search_vector": unknown,"sender_id": string,"seq": number,"song": Json | null,"system": Json | null
                  }
                  ComputedFields: never
                  Insert: {
                    "content": string,"conversation_id": string,"created_at"?: string,"deleted_at"?: string | null,"edited_at"?: string | null,"id": string,"mentions"?: (string)[],"metadata"?: NonNullable<Json>,"pinned_at"?: string | null,"reply_to"?: string | null,"revision": number,"search_vector"?: never,"sender_id": string,"seq": number,"song"?: Json | null,"system"?: Json | null
                  }
                  Update: {
                    "content"?: string,"conversation_id"?: string,"created_at"?: string,"deleted_at"?: string | null,"edited_at"?: string | null,"id"?: string,"mentions"?: (string)[],"metadata"?: NonNullable<Json>,"pinned_at"?: string | null,"reply_to"?: string | null,"revision"?: number,"search_vector"?: never,"sender_id"?: string,"seq"?: number,"song"?: Json | null,"system"?: Json | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "messages_conversation_id_fkey"
      columns: ["conversation_id"]
isOneToOne: false
      referencedRelation: "conversations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "messages_reply_to_fkey"
      columns: ["reply_to"]
isOneToOne: false
      referencedRelation: "messages"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "messages_sender_id_fkey"
      columns: ["sender_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "messages_sender_id_fkey"
      columns: ["sender_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"notices": {
                  Row: {
                    "actor_id": string | null,"circle_id": string | null,"created_at": string,"data": NonNullable<Json>,"id": string,"kind": string,"read_at": string | null,"setlist_id": string | null,"song_id": string | null,"target_kind": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "actor_id"?: string | null,"circle_id"?: string | null,"created_at"?: string,"data"?: NonNullable<Json>,"id"?: string,"kind": string,"read_at"?: string | null,"setlist_id"?: string | null,"song_id"?: string | null,"target_kind": string,"user_id": string
                  }
                  Update: {
                    "actor_id"?: string | null,"circle_id"?: string | null,"created_at"?: string,"data"?: NonNullable<Json>,"id"?: string,"kind"?: string,"read_at"?: string | null,"setlist_id"?: string | null,"song_id"?: string | null,"target_kind"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "notices_actor_id_fkey"
      columns: ["actor_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "notices_actor_id_fkey"
      columns: ["actor_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "notices_circle_id_fkey"
      columns: ["circle_id"]
isOneToOne: false
      referencedRelation: "circles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "notices_setlist_id_fkey"
      columns: ["setlist_id"]
isOneToOne: false
      referencedRelation: "setlists"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "notices_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "song_list_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "notices_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "song_search_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "notices_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "songs"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "notices_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "notices_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"payment_methods": {
                  Row: {
                    "code": string,"name": string
                  }
                  ComputedFields: never
                  Insert: {
                    "code": string,"name": string
                  }
                  Update: {
                    "code"?: string,"name"?: string
                  }
                  Relationships: [
                    
                  ]
                },"popular_tags": {
                  Row: {
                    "category_id": string | null,"label": string,"last_used_at": string | null,"tag_name": string,"trend_score": number,"updated_at": string,"usage_count": number
                  }
                  ComputedFields: never
                  Insert: {
                    "category_id"?: string | null,"label": string,"last_used_at"?: string | null,"tag_name": string,"trend_score"?: number,"updated_at"?: string,"usage_count"?: number
                  }
                  Update: {
                    "category_id"?: string | null,"label"?: string,"last_used_at"?: string | null,"tag_name"?: string,"trend_score"?: number,"updated_at"?: string,"usage_count"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "popular_tags_category_id_fkey"
      columns: ["category_id"]
isOneToOne: false
      referencedRelation: "tag_categories"
      referencedColumns: ["id"]
    }
                  ]
                },"portfolio_items": {
                  Row: {
                    "created_at": string,"file_path": string | null,"id": string,"position": number,"profile_id": string,"title": string,"url": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"file_path"?: string | null,"id": string,"position": number,"profile_id": string,"title": string,"url"?: string | null
                  }
                  Update: {
                    "created_at"?: string,"file_path"?: string | null,"id"?: string,"position"?: number,"profile_id"?: string,"title"?: string,"url"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "portfolio_items_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "portfolio_items_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"profile_languages": {
                  Row: {
                    "language": string,"position": number,"profile_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "language": string,"position": number,"profile_id": string
                  }
                  Update: {
                    "language"?: string,"position"?: number,"profile_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "profile_languages_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "profile_languages_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"profile_links": {
                  Row: {
                    "label": string,"position": number,"profile_id": string,"url": string
                  }
                  ComputedFields: never
                  Insert: {
                    "label": string,"position": number,"profile_id": string,"url": string
                  }
                  Update: {
                    "label"?: string,"position"?: number,"profile_id"?: string,"url"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "profile_links_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "profile_links_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"profile_payment_methods": {
                  Row: {
                    "payment_method": string,"profile_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "payment_method": string,"profile_id": string
                  }
                  Update: {
                    "payment_method"?: string,"profile_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "profile_payment_methods_payment_method_fkey"
      columns: ["payment_method"]
isOneToOne: false
      referencedRelation: "payment_methods"
      referencedColumns: ["code"]
    },{
      foreignKeyName: "profile_payment_methods_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "profile_payment_methods_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"profile_rates": {
                  Row: {
                    "amount": number,"currency": string,"profile_id": string,"tier": string,"unit": string
                  }
                  ComputedFields: never
                  Insert: {
                    "amount": number,"currency": string,"profile_id": string,"tier": string,"unit": string
                  }
                  Update: {
                    "amount"?: number,"currency"?: string,"profile_id"?: string,"tier"?: string,"unit"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "profile_rates_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "profile_rates_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"profile_reviews": {
                  Row: {
                    "answer": string | null,"answered_at": string | null,"content": string,"conversation_id": string,"created_at": string,"hidden_at": string | null,"id": string,"profile_id": string,"rating": number,"reviewer_id": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "answer"?: string | null,"answered_at"?: string | null,"content"?: string,"conversation_id": string,"created_at"?: string,"hidden_at"?: string | null,"id"?: string,"profile_id": string,"rating": number,"reviewer_id"?: string | null
                  }
                  Update: {
                    "answer"?: string | null,"answered_at"?: string | null,"content"?: string,"conversation_id"?: string,"created_at"?: string,"hidden_at"?: string | null,"id"?: string,"profile_id"?: string,"rating"?: number,"reviewer_id"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "profile_reviews_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "profile_reviews_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "profile_reviews_reviewer_id_fkey"
      columns: ["reviewer_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "profile_reviews_reviewer_id_fkey"
      columns: ["reviewer_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"profile_software": {
                  Row: {
                    "position": number,"profile_id": string,"software_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "position": number,"profile_id": string,"software_id": string
                  }
                  Update: {
                    "position"?: number,"profile_id"?: string,"software_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "profile_software_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "profile_software_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "profile_software_software_id_fkey"
      columns: ["software_id"]
isOneToOne: false
      referencedRelation: "software"
      referencedColumns: ["id"]
    }
                  ]
                },"profile_tags": {
                  Row: {
                    "position": number,"profile_id": string,"tag_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "position": number,"profile_id": string,"tag_id": string
                  }
                  Update: {
                    "position"?: number,"profile_id"?: string,"tag_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "profile_tags_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "profile_tags_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "profile_tags_tag_id_fkey"
      columns: ["tag_id"]
isOneToOne: false
      referencedRelation: "tags"
      referencedColumns: ["id"]
    }
                  ]
                },"profile_types": {
                  Row: {
                    "position": number,"profile_id": string,"tag_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "position": number,"profile_id": string,"tag_id": string
                  }
                  Update: {
                    "position"?: number,"profile_id"?: string,"tag_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "profile_types_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "profile_types_profile_id_fkey"
      columns: ["profile_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "profile_types_tag_id_fkey"
      columns: ["tag_id"]
isOneToOne: false
      referencedRelation: "tags"
      referencedColumns: ["id"]
    }
                  ]
                },"profiles": {
                  Row: {
                    "available_from": string | null,"avatar_path": string | null,"bio": string,"country": string | null,"created_at": string,"display_name": string,"experience": string,"experience_years": number | null,"handle": string | null,"id": string,"is_listed": boolean,"metadata": NonNullable<Json>,"open_to_work": boolean,"shows_payment_methods": boolean,"updated_at": string,"user_id": string | null,"verified_at": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "available_from"?: string | null,"avatar_path"?: string | null,"bio"?: string,"country"?: string | null,"created_at"?: string,"display_name"?: string,"experience"?: string,"experience_years"?: number | null,"handle"?: string | null,"id": string,"is_listed"?: boolean,"metadata"?: NonNullable<Json>,"open_to_work"?: boolean,"shows_payment_methods"?: boolean,"updated_at"?: string,"user_id"?: string | null,"verified_at"?: string | null
                  }
                  Update: {
                    "available_from"?: string | null,"avatar_path"?: string | null,"bio"?: string,"country"?: string | null,"created_at"?: string,"display_name"?: string,"experience"?: string,"experience_years"?: number | null,"handle"?: string | null,"id"?: string,"is_listed"?: boolean,"metadata"?: NonNullable<Json>,"open_to_work"?: boolean,"shows_payment_methods"?: boolean,"updated_at"?: string,"user_id"?: string | null,"verified_at"?: string | null
                  }
                  Relationships: [
                    
                  ]
                },"setlist_entries": {
                  Row: {
                    "added_by": string,"capo": number | null,"id": string,"key": string | null,"note": string | null,"position": number,"setlist_id": string,"song_id": string | null,"tempo": number | null,"title": string
                  }
                  ComputedFields: never
                  Insert: {
                    "added_by": string,"capo"?: number | null,"id"?: string,"key"?: string | null,"note"?: string | null,"position": number,"setlist_id": string,"song_id"?: string | null,"tempo"?: number | null,"title": string
                  }
                  Update: {
                    "added_by"?: string,"capo"?: number | null,"id"?: string,"key"?: string | null,"note"?: string | null,"position"?: number,"setlist_id"?: string,"song_id"?: string | null,"tempo"?: number | null,"title"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "setlist_entries_added_by_fkey"
      columns: ["added_by"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "setlist_entries_added_by_fkey"
      columns: ["added_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "setlist_entries_setlist_id_fkey"
      columns: ["setlist_id"]
isOneToOne: false
      referencedRelation: "setlists"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "setlist_entries_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "song_list_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "setlist_entries_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "song_search_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "setlist_entries_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "songs"
      referencedColumns: ["id"]
    }
                  ]
                },"setlist_history": {
                  Row: {
                    "change_type": string,"changed_by": string | null,"created_at": string,"id": string,"setlist_id": string,"snapshot": NonNullable<Json>,"version_number": number
                  }
                  ComputedFields: never
                  Insert: {
                    "change_type": string,"changed_by"?: string | null,"created_at"?: string,"id"?: string,"setlist_id": string,"snapshot": NonNullable<Json>,"version_number": number
                  }
                  Update: {
                    "change_type"?: string,"changed_by"?: string | null,"created_at"?: string,"id"?: string,"setlist_id"?: string,"snapshot"?: NonNullable<Json>,"version_number"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "setlist_history_changed_by_fkey"
      columns: ["changed_by"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "setlist_history_changed_by_fkey"
      columns: ["changed_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "setlist_history_setlist_id_fkey"
      columns: ["setlist_id"]
isOneToOne: false
      referencedRelation: "setlists"
      referencedColumns: ["id"]
    }
                  ]
                },"setlists": {
                  Row: {
                    "created_at": string,"created_by": string,"id": string,"note": string | null,"title": string,"updated_at": string,"version": number,"visibility": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string,"id"?: string,"note"?: string | null,"title": string,"updated_at"?: string,"version"?: number,"visibility"?: string
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string,"id"?: string,"note"?: string | null,"title"?: string,"updated_at"?: string,"version"?: number,"visibility"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "setlists_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "setlists_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"shares": {
                  Row: {
                    "accepted_at": string | null,"came_with": string | null,"circle_id": string | null,"created_at": string,"end_reason": string | null,"ended_at": string | null,"ended_by": string | null,"expires_at": string | null,"id": string,"invited_email": string | null,"kind": string,"link_id": string | null,"message": string | null,"recipient_id": string | null,"recipient_kind": string,"role": string,"setlist_id": string | null,"shared_by": string,"shared_with": string | null,"song_id": string | null,"target_created_at": string,"target_id": string,"target_kind": string
                  }
                  ComputedFields: never
                  Insert: {
                    "accepted_at"?: string | null,"came_with"?: string | null,"circle_id"?: never,"created_at"?: string,"end_reason"?: string | null,"ended_at"?: string | null,"ended_by"?: string | null,"expires_at"?: string | null,"id"?: string,"invited_email"?: string | null,"kind": string,"link_id"?: string | null,"message"?: string | null,"recipient_id"?: string | null,"recipient_kind"?: string,"role": string,"setlist_id"?: never,"shared_by": string,"shared_with"?: never,"song_id"?: never,"target_created_at": string,"target_id": string,"target_kind": string
                  }
                  Update: {
                    "accepted_at"?: string | null,"came_with"?: string | null,"circle_id"?: never,"created_at"?: string,"end_reason"?: string | null,"ended_at"?: string | null,"ended_by"?: string | null,"expires_at"?: string | null,"id"?: string,"invited_email"?: string | null,"kind"?: string,"link_id"?: string | null,"message"?: string | null,"recipient_id"?: string | null,"recipient_kind"?: string,"role"?: string,"setlist_id"?: never,"shared_by"?: string,"shared_with"?: never,"song_id"?: never,"target_created_at"?: string,"target_id"?: string,"target_kind"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "shares_came_with_fkey"
      columns: ["came_with"]
isOneToOne: false
      referencedRelation: "shares"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "shares_circle_id_fkey"
      columns: ["circle_id"]
isOneToOne: false
      referencedRelation: "circles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "shares_ended_by_fkey"
      columns: ["ended_by"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "shares_ended_by_fkey"
      columns: ["ended_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "shares_setlist_id_fkey"
      columns: ["setlist_id"]
isOneToOne: false
      referencedRelation: "setlists"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "shares_shared_by_fkey"
      columns: ["shared_by"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "shares_shared_by_fkey"
      columns: ["shared_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "shares_shared_with_fkey"
      columns: ["shared_with"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "shares_shared_with_fkey"
      columns: ["shared_with"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "shares_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "song_list_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "shares_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "song_search_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "shares_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "songs"
      referencedColumns: ["id"]
    }
                  ]
                },"software": {
                  Row: {
                    "created_at": string,"id": string,"is_curated": boolean,"key": string,"name": string,"profile_count": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: string,"is_curated"?: boolean,"key"?: never,"name": string,"profile_count"?: number
                  }
                  Update: {
                    "created_at"?: string,"id"?: string,"is_curated"?: boolean,"key"?: never,"name"?: string,"profile_count"?: number
                  }
                  Relationships: [
                    
                  ]
                },"song_analytics": {
                  Row: {
                    "avg_session_duration_seconds": number | null,"edit_count": number,"favorite_count": number,"last_edited_at": string | null,"last_viewed_at": string | null,"monthly_views": number,"popularity_score": number,"share_count": number,"song_id": string,"trend_score": number | null,"updated_at": string,"view_count": number,"weekly_views": number
                  }
                  ComputedFields: never
                  Insert: {
                    "avg_session_duration_seconds"?: number | null,"edit_count"?: number,"favorite_count"?: number,"last_edited_at"?: string | null,"last_viewed_at"?: string | null,"monthly_views"?: number,"popularity_score"?: number,"share_count"?: number,"song_id": string,"trend_score"?: number | null,"updated_at"?: string,"view_count"?: number,"weekly_views"?: number
                  }
                  Update: {
                    "avg_session_duration_seconds"?: number | null,"edit_count"?: number,"favorite_count"?: number,"last_edited_at"?: string | null,"last_viewed_at"?: string | null,"monthly_views"?: number,"popularity_score"?: number,"share_count"?: number,"song_id"?: string,"trend_score"?: number | null,"updated_at"?: string,"view_count"?: number,"weekly_views"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "song_analytics_song_id_fkey"
      columns: ["song_id"]
isOneToOne: true
      referencedRelation: "song_list_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_analytics_song_id_fkey"
      columns: ["song_id"]
isOneToOne: true
      referencedRelation: "song_search_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_analytics_song_id_fkey"
      columns: ["song_id"]
isOneToOne: true
      referencedRelation: "songs"
      referencedColumns: ["id"]
    }
                  ]
                },"song_chords": {
                  Row: {
                    "chord_bass": string | null,"chord_name": string,"chord_position": number,"chord_quality": string,"chord_root": string,"occurrences": number,"song_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "chord_bass"?: string | null,"chord_name": string,"chord_position": number,"chord_quality": string,"chord_root": string,"occurrences": number,"song_id": string
                  }
                  Update: {
                    "chord_bass"?: string | null,"chord_name"?: string,"chord_position"?: number,"chord_quality"?: string,"chord_root"?: string,"occurrences"?: number,"song_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "song_chords_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "song_list_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_chords_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "song_search_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_chords_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "songs"
      referencedColumns: ["id"]
    }
                  ]
                },"song_favorites": {
                  Row: {
                    "created_at": string,"song_id": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"song_id": string,"user_id": string
                  }
                  Update: {
                    "created_at"?: string,"song_id"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "song_favorites_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "song_list_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_favorites_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "song_search_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_favorites_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "songs"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_favorites_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_favorites_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"song_history": {
                  Row: {
                    "change_summary": string | null,"change_type": string,"changed_by": string | null,"changed_fields": (string)[],"created_at": string,"created_by": string,"id": string,"snapshot": NonNullable<Json>,"song_id": string,"tags": NonNullable<Json>,"version_number": number
                  }
                  ComputedFields: never
                  Insert: {
                    "change_summary"?: string | null,"change_type": string,"changed_by"?: string | null,"changed_fields": (string)[],"created_at"?: string,"created_by": string,"id"?: string,"snapshot": NonNullable<Json>,"song_id": string,"tags": NonNullable<Json>,"version_number": number
                  }
                  Update: {
                    "change_summary"?: string | null,"change_type"?: string,"changed_by"?: string | null,"changed_fields"?: (string)[],"created_at"?: string,"created_by"?: string,"id"?: string,"snapshot"?: NonNullable<Json>,"song_id"?: string,"tags"?: NonNullable<Json>,"version_number"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "song_history_changed_by_fkey"
      columns: ["changed_by"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_history_changed_by_fkey"
      columns: ["changed_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_history_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_history_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_history_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "song_list_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_history_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "song_search_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_history_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "songs"
      referencedColumns: ["id"]
    }
                  ]
                },"song_tags": {
                  Row: {
                    "category_id": string | null,"created_at": string,"created_by": string | null,"label": string,"song_id": string,"tag_name": string,"tag_type": string
                  }
                  ComputedFields: never
                  Insert: {
                    "category_id"?: string | null,"created_at"?: string,"created_by"?: string | null,"label": string,"song_id": string,"tag_name": string,"tag_type"?: string
                  }
                  Update: {
                    "category_id"?: string | null,"created_at"?: string,"created_by"?: string | null,"label"?: string,"song_id"?: string,"tag_name"?: string,"tag_type"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "song_tags_category_id_fkey"
      columns: ["category_id"]
isOneToOne: false
      referencedRelation: "tag_categories"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_tags_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_tags_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_tags_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "song_list_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_tags_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "song_search_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_tags_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "songs"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_tags_tag_name_fkey"
      columns: ["tag_name"]
isOneToOne: false
      referencedRelation: "tags"
      referencedColumns: ["key"]
    }
                  ]
                },"song_ways": {
                  Row: {
                    "capo": number | null,"changed_at": string,"font_size": number | null,"key": string | null,"note": string | null,"song_id": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "capo"?: number | null,"changed_at"?: string,"font_size"?: number | null,"key"?: string | null,"note"?: string | null,"song_id": string,"user_id": string
                  }
                  Update: {
                    "capo"?: number | null,"changed_at"?: string,"font_size"?: number | null,"key"?: string | null,"note"?: string | null,"song_id"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "song_ways_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "song_list_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_ways_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "song_search_view"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_ways_song_id_fkey"
      columns: ["song_id"]
isOneToOne: false
      referencedRelation: "songs"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_ways_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "song_ways_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"songs": {
                  Row: {
                    "album": string | null,"artist": string | null,"artist_words": string,"capo_fret": number | null,"chord_set": number | null,"chordpro_metadata": NonNullable<Json>,"chords": NonNullable<Json>,"content": string,"created_at": string,"created_by": string,"deleted_at": string | null,"derived_fields": (string)[],"difficulty_level": number | null,"duration_seconds": number | null,"genre": string | null,"header_vector": unknown,"id": string,"key": string | null,"language": string | null,"lyrics": string,"metadata": NonNullable<Json>,"popularity": number,"search_terms": (string)[],"search_vector": unknown,"source_type": string,"source_url": string | null,"style": string | null,"tempo": number | null,"time_signature": string | null,"title": string,"title_words": string,"updated_at": string,"version": number,"visibility": string,"word_pairs": (number)[],"year": number | null
                  }
                  ComputedFields: never
                  Insert: {
                    "album"?: string | null,"artist"?: string | null,"artist_words"?: string,"capo_fret"?: number | null,"chord_set"?: number | null,"chordpro_metadata"?: NonNullable<Json>,"chords"?: NonNullable<Json>,"content": string,"created_at"?: string,"created_by"?: string,"deleted_at"?: string | null,"derived_fields"?: (string)[],"difficulty_level"?: number | null,"duration_seconds"?: number | null,"genre"?: string | null,"header_vector"?: unknown,"id"?: string,"key"?: string | null,"language"?: string | null,"lyrics"?: string,"metadata"?: NonNullable<Json>,"popularity"?: number,"search_terms"?: (string)[],"search_vector"?: unknown,"source_type"?: string,"source_url"?: string | null,"style"?: string | null,"tempo"?: number | null,"time_signature"?: string | null,"title": string,"title_words"?: string,"updated_at"?: string,"version"?: number,"visibility"?: string,"word_pairs"?: (number)[],"year"?: number | null
                  }
                  Update: {
                    "album"?: string | null,"artist"?: string | null,"artist_words"?: string,"capo_fret"?: number | null,"chord_set"?: number | null,"chordpro_metadata"?: NonNullable<Json>,"chords"?: NonNullable<Json>,"content"?: string,"created_at"?: string,"created_by"?: string,"deleted_at"?: string | null,"derived_fields"?: (string)[],"difficulty_level"?: number | null,"duration_seconds"?: number | null,"genre"?: string | null,"header_vector"?: unknown,"id"?: string,"key"?: string | null,"language"?: string | null,"lyrics"?: string,"metadata"?: NonNullable<Json>,"popularity"?: number,"search_terms"?: (string)[],"search_vector"?: unknown,"source_type"?: string,"source_url"?: string | null,"style"?: string | null,"tempo"?: number | null,"time_signature"?: string | null,"title"?: string,"title_words"?: string,"updated_at"?: string,"version"?: number,"visibility"?: string,"word_pairs"?: (number)[],"year"?: number | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "songs_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "songs_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"tag_categories": {
                  Row: {
                    "color_hex": string | null,"created_at": string,"description": string | null,"icon": string | null,"id": string,"name": string
                  }
                  ComputedFields: never
                  Insert: {
                    "color_hex"?: string | null,"created_at"?: string,"description"?: string | null,"icon"?: string | null,"id"?: string,"name": string
                  }
                  Update: {
                    "color_hex"?: string | null,"created_at"?: string,"description"?: string | null,"icon"?: string | null,"id"?: string,"name"?: string
                  }
                  Relationships: [
                    
                  ]
                },"tags": {
                  Row: {
                    "created_at": string,"id": string,"is_curated": boolean,"is_known": boolean,"is_sung": boolean,"key": string,"kind": string,"name": string,"profile_count": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"id"?: string,"is_curated"?: boolean,"is_known"?: boolean,"is_sung"?: boolean,"key"?: never,"kind"?: string,"name": string,"profile_count"?: number
                  }
                  Update: {
                    "created_at"?: string,"id"?: string,"is_curated"?: boolean,"is_known"?: boolean,"is_sung"?: boolean,"key"?: never,"kind"?: string,"name"?: string,"profile_count"?: number
                  }
                  Relationships: [
                    
                  ]
                },"user_blocks": {
                  Row: {
                    "blocked_id": string,"blocker_id": string,"created_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "blocked_id": string,"blocker_id": string,"created_at"?: string
                  }
                  Update: {
                    "blocked_id"?: string,"blocker_id"?: string,"created_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "user_blocks_blocked_id_fkey"
      columns: ["blocked_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "user_blocks_blocked_id_fkey"
      columns: ["blocked_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "user_blocks_blocker_id_fkey"
      columns: ["blocker_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "user_blocks_blocker_id_fkey"
      columns: ["blocker_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"user_follows": {
                  Row: {
                    "created_at": string,"followed_id": string,"follower_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"followed_id": string,"follower_id": string
                  }
                  Update: {
                    "created_at"?: string,"followed_id"?: string,"follower_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "user_follows_followed_id_fkey"
      columns: ["followed_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "user_follows_followed_id_fkey"
      columns: ["followed_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "user_follows_follower_id_fkey"
      columns: ["follower_id"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "user_follows_follower_id_fkey"
      columns: ["follower_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                }
          }
          Views: {
            "monitoring_catalogue": {
                  Row: {
                    "avg_age_days": number | null,"people": number | null,"public_songs": number | null,"recent_songs": number | null,"total_songs": number | null,"trashed_songs": number | null
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                },"monitoring_failures": {
                  Row: {
                    "error": string | null,"finished_at": string | null,"handled": number | null,"started_at": string | null,"step": string | null
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                },"monitoring_indexes": {
                  Row: {
                    "bytes": number | null,"index_name": string | null,"is_unique": boolean | null,"is_valid": boolean | null,"scans": number | null,"table_name": string | null
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                },"monitoring_partitions": {
                  Row: {
                    "bounds": string | null,"bytes": number | null,"estimated_rows": number | null,"parent": string | null,"partition": string | null
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                },"monitoring_queries": {
                  Row: {
                    "calls": number | null,"max_exec_ms": number | null,"mean_exec_ms": number | null,"query": string | null,"rows": number | null,"total_exec_ms": number | null
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                },"monitoring_tables": {
                  Row: {
                    "dead_rows": number | null,"estimated_rows": number | null,"index_bytes": number | null,"last_analyze": string | null,"last_vacuum": string | null,"live_rows": number | null,"table_bytes": number | null,"table_name": string | null,"total_bytes": number | null
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                },"monitoring_tags": {
                  Row: {
                    "public_songs": number | null,"tag_name": string | null,"unique_songs": number | null,"usage_count": number | null
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                },"monitoring_upkeep": {
                  Row: {
                    "enabled": boolean | null,"is_overdue": boolean | null,"last_done_at": string | null,"last_error": string | null,"last_finished_at": string | null,"last_handled": number | null,"last_outcome": string | null,"last_started_at": string | null,"schedule": string | null,"step": string | null
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                },"profile_details": {
                  Row: {
                    "available_from": string | null,"avatar_path": string | null,"bio": string,"country": string | null,"created_at": string,"display_name": string,"experience": string,"experience_years": number | null,"handle": string | null,"id": string,"is_listed": boolean,"languages": Json | null,"links": Json | null,"metadata": NonNullable<Json>,"open_to_work": boolean,"payment_methods": Json | null,"professional_types": Json | null,"rates": Json | null,"reviews": Json | null,"shows_payment_methods": boolean,"software": Json | null,"tags": Json | null,"updated_at": string,"verified_at": string | null
                  }
                  ComputedFields: never
                  Insert: {
                           "available_from"?: string | null,"avatar_path"?: string | null,"bio"?: string | null,"country"?: string | null,"created_at"?: string | null,"display_name"?: string | null,"experience"?: string | null,"experience_years"?: number | null,"handle"?: string | null,"id"?: string | null,"is_listed"?: boolean | null,"languages"?: never,"links"?: never,"metadata"?: Json | null,"open_to_work"?: boolean | null,"payment_methods"?: never,"professional_types"?: never,"rates"?: never,"reviews"?: never,"shows_payment_methods"?: boolean | null,"software"?: never,"tags"?: never,"updated_at"?: string | null,"verified_at"?: string | null
                         }
                        Update: {
                           "available_from"?: string | null,"avatar_path"?: string | null,"bio"?: string | null,"country"?: string | null,"created_at"?: string | null,"display_name"?: string | null,"experience"?: string | null,"experience_years"?: number | null,"handle"?: string | null,"id"?: string | null,"is_listed"?: boolean | null,"languages"?: never,"links"?: never,"metadata"?: Json | null,"open_to_work"?: boolean | null,"payment_methods"?: never,"professional_types"?: never,"rates"?: never,"reviews"?: never,"shows_payment_methods"?: boolean | null,"software"?: never,"tags"?: never,"updated_at"?: string | null,"verified_at"?: string | null
                         }
                        Relationships: [
                    
                  ]
                },"song_list_view": {
                  Row: {
                    "album": string | null,"artist": string | null,"created_at": string,"created_by": string,"creator_name": string,"difficulty_level": number | null,"favorite_count": number | null,"genre": string | null,"id": string,"key": string | null,"language": string | null,"popularity_score": number | null,"tags": (string)[] | null,"tempo": number | null,"title": string,"updated_at": string,"view_count": number | null,"visibility": string,"year": number | null
                  }
                  ComputedFields: never
                  Relationships: [
                    {
      foreignKeyName: "songs_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "songs_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"song_search_view": {
                  Row: {
                    "album": string | null,"artist": string | null,"chord_string": string | null,"created_by": string,"difficulty_level": number | null,"genre": string | null,"id": string,"key": string | null,"searchable_text": string | null,"tag_string": string | null,"title": string,"visibility": string
                  }
                  ComputedFields: never
                  Insert: {
                           "album"?: string | null,"artist"?: string | null,"chord_string"?: never,"created_by"?: string | null,"difficulty_level"?: number | null,"genre"?: string | null,"id"?: string | null,"key"?: string | null,"searchable_text"?: never,"tag_string"?: never,"title"?: string | null,"visibility"?: string | null
                         }
                        Update: {
                           "album"?: string | null,"artist"?: string | null,"chord_string"?: never,"created_by"?: string | null,"difficulty_level"?: number | null,"genre"?: string | null,"id"?: string | null,"key"?: string | null,"searchable_text"?: never,"tag_string"?: never,"title"?: string | null,"visibility"?: string | null
                         }
                        Relationships: [
                    {
      foreignKeyName: "songs_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profile_details"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "songs_created_by_fkey"
      columns: ["created_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                }
          }
          Functions: {
            "accept_circle_invitation":
{ Args: { "invitation_id"?: string,"token"?: string }; Returns: Json
                           },
"accept_share":
{ Args: { "share_id": string }; Returns: Json
                           },
"accept_transfer":
{ Args: { "transfer_id": string }; Returns: string
                           },
"add_comment":
{ Args: { "comment_id": string,"content": string,"line"?: number,"reply_to"?: string,"song_id": string }; Returns: Json
                           },
"add_participants":
{ Args: { "conversation_id": string,"user_ids": (string)[] }; Returns: Json
                           },
"answer_request":
{ Args: { "accept": boolean,"request_id": string }; Returns: Json
                           },
"answer_review":
{ Args: { "answer": string,"review_id": string }; Returns: undefined
                           },
"ban_from_circle":
{ Args: { "circle_id": string,"user_id": string }; Returns: Json
                           },
"ban_user":
{ Args: { "conversation_id": string,"user_id": string }; Returns: Json
                           },
"block_user":
{ Args: { "user_id": string }; Returns: undefined
                           },
"browse_songs":
{ Args: { "after_id"?: string,"after_popularity"?: number,"after_words"?: string,"by_artist"?: boolean,"page_size"?: number,"prefix"?: string }; Returns: Json[]
                           },
"change_setlist":
{ Args: { "expected_version"?: number,"setlist_id": string,"steps": Json }; Returns: Json
                           },
"check_upload":
{ Args: { "conversation_id": string }; Returns: undefined
                           },
"cleanup_old_data":
{ Args: { "next"?: string,"schedule"?: string }; Returns: Json
                           },
"clear_conversation":
{ Args: { "conversation_id": string,"up_to_seq"?: number }; Returns: undefined
                           },
"copy_setlist":
{ Args: { "new_id"?: string,"setlist_id": string,"title"?: string }; Returns: Json
                           },
"copy_song":
{ Args: { "new_id"?: string,"song_id": string,"title"?: string }; Returns: Json
                           },
"count_songs":
{ Args: { "filters"?: Json,"query"?: string }; Returns: Json
                           },
"create_circle":
{ Args: { "circle_id": string,"name": string }; Returns: Json
                           },
"create_circle_invitation_link":
{ Args: { "invitation_id": string }; Returns: string
                           },
"create_circle_link":
{ Args: { "circle_id": string,"expires_at"?: string,"max_uses"?: number }; Returns: Json
                           },
"create_group":
{ Args: { "group_id": string,"member_ids": (string)[],"metadata"?: Json,"subject": string }; Returns: Json
                           },
"create_link":
{ Args: { "expires_at"?: string,"max_uses"?: number,"role"?: string,"target_id": string,"target_kind"?: string }; Returns: Json
                           },
"create_offer_link":
{ Args: { "share_id": string }; Returns: string
                           },
"create_setlist":
{ Args: { "setlist": Json }; Returns: Json
                           },
"create_song":
{ Args: { "song": Json }; Returns: {
              "album": string | null,
"artist": string | null,
"artist_words": string,
"capo_fret": number | null,
"chord_set": number | null,
"chordpro_metadata": NonNullable<Json>,
"chords": NonNullable<Json>,
"content": string,
"created_at": string,
"created_by": string,
"deleted_at": string | null,
"derived_fields": (string)[],
"difficulty_level": number | null,
"duration_seconds": number | null,
"genre": string | null,
"header_vector": unknown,
"id": string,
"key": string | null,
"language": string | null,
"lyrics": string,
"metadata": NonNullable<Json>,
"popularity": number,
"search_terms": (string)[],
"search_vector": unknown,
"source_type": string,
"source_url": string | null,
"style": string | null,
"tempo": number | null,
"time_signature": string | null,
"title": string,
"title_words": string,
"updated_at": string,
"version": number,
"visibility": string,
"word_pairs": (number)[],
"year": number | null
            }
                          SetofOptions: {
        from: "*"
        to: "songs"
        isOneToOne: true
        isSetofReturn: true
      } },
"decline_access_request":
{ Args: { "request_id": string }; Returns: undefined
                           },
"decline_circle_invitation":
{ Args: { "invitation_id": string }; Returns: undefined
                           },
"decline_share":
{ Args: { "share_id": string }; Returns: undefined
                           },
"delete_account":
{ Args: Record<PropertyKey, never>; Returns: undefined
                           },
"delete_circle":
{ Args: { "circle_id": string }; Returns: undefined
                           },
"delete_comment":
{ Args: { "comment_id": string }; Returns: undefined
                           },
"delete_message":
{ Args: { "message_id": string }; Returns: Json
                           },
"delete_setlist":
{ Args: { "setlist_id": string }; Returns: undefined
                           },
"delete_song":
{ Args: { "song_id": string }; Returns: undefined
                           },
"edit_comment":
{ Args: { "comment_id": string,"content": string }; Returns: Json
                           },
"edit_message":
{ Args: { "changes": Json,"message_id": string }; Returns: Json
                           },
"empty_deleted_accounts":
{ Args: { "batch"?: number }; Returns: Json
                           },
"end_transfer":
{ Args: { "transfer_id": string }; Returns: undefined
                           },
"export_account":
{ Args: { "after"?: Json,"page_size"?: number }; Returns: Json
                           },
"favorite_song":
{ Args: { "song_id": string }; Returns: undefined
                           },
"find_message":
{ Args: { "conversation_id": string,"message_id": string }; Returns: number
                           },
"follow_user":
{ Args: { "user_id": string }; Returns: undefined
                           },
"get_analytics_series":
{ Args: { "entity_id": string,"from_day"?: string,"kind": string,"step"?: string,"time_zone"?: string,"to_day"?: string }; Returns: {
              "count": number,"day": string,"seconds": number
            }[]
                           },
"get_circle":
{ Args: { "circle_id": string }; Returns: Json
                           },
"get_circle_invitation":
{ Args: { "token": string }; Returns: Json
                           },
"get_contact_rules":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"get_figures":
{ Args: { "asked": Json,"from_day"?: string,"time_zone"?: string,"to_day"?: string }; Returns: Json
                           },
"get_follows":
{ Args: { "user_id"?: string }; Returns: Json
                           },
"get_inbox":
{ Args: { "archived"?: boolean,"before_at"?: string,"before_id"?: string,"before_pinned"?: boolean,"page_size"?: number,"unread"?: boolean }; Returns: Json
                           },
"get_own_profile":
{ Args: Record<PropertyKey, never>; Returns: {
              "available_from": string | null,
"avatar_path": string | null,
"bio": string,
"country": string | null,
"created_at": string,
"display_name": string,
"experience": string,
"experience_years": number | null,
"handle": string | null,
"id": string,
"is_listed": boolean,
"languages": Json | null,
"links": Json | null,
"metadata": NonNullable<Json>,
"open_to_work": boolean,
"payment_methods": Json | null,
"professional_types": Json | null,
"rates": Json | null,
"reviews": Json | null,
"shows_payment_methods": boolean,
"software": Json | null,
"tags": Json | null,
"updated_at": string,
"verified_at": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "profile_details"
        isOneToOne: true
        isSetofReturn: true
      } },
"get_profile":
{ Args: { "user_id": string }; Returns: {
              "available_from": string | null,
"avatar_path": string | null,
"bio": string,
"country": string | null,
"created_at": string,
"display_name": string,
"experience": string,
"experience_years": number | null,
"handle": string | null,
"id": string,
"is_listed": boolean,
"languages": Json | null,
"links": Json | null,
"metadata": NonNullable<Json>,
"open_to_work": boolean,
"payment_methods": Json | null,
"professional_types": Json | null,
"rates": Json | null,
"reviews": Json | null,
"shows_payment_methods": boolean,
"software": Json | null,
"tags": Json | null,
"updated_at": string,
"verified_at": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "profile_details"
        isOneToOne: true
        isSetofReturn: true
      } },
"get_profile_analytics":
{ Args: { "from_day"?: string,"profile_id"?: string,"time_zone"?: string,"to_day"?: string }; Returns: Json
                           },
"get_setlist":
{ Args: { "setlist_id": string,"with_texts"?: boolean }; Returns: Json
                           },
"get_song":
{ Args: { "song_id": string }; Returns: Database["public"]['CompositeTypes']["song_details"]
                          SetofOptions: {
        from: "*"
        to: "song_details"
        isOneToOne: true
        isSetofReturn: true
      } },
"get_song_analytics":
{ Args: { "from_day"?: string,"song_id": string,"time_zone"?: string,"to_day"?: string }; Returns: Json
                           },
"get_song_origin":
{ Args: { "song_id": string }; Returns: Json
                           },
"get_song_version":
{ Args: { "song_id": string,"version": number }; Returns: Json
                           },
"get_song_ways":
{ Args: { "song_ids": (string)[] }; Returns: Json[]
                           },
"grant_access_request":
{ Args: { "request_id": string,"role": string }; Returns: Json
                           },
"has_overdue_files":
{ Args: Record<PropertyKey, never>; Returns: boolean
                           },
"hide_review":
{ Args: { "hidden"?: boolean,"review_id": string }; Returns: undefined
                           },
"import_songs":
{ Args: { "songs": Json }; Returns: {
              "added": boolean,"code": string,"field": string,"id": string,"message": string,"place": number,"title": string
            }[]
                           },
"invite_to_circle":
{ Args: { "circle_id": string,"email"?: string,"expires_at"?: string,"handle"?: string,"message"?: string,"role"?: string,"user_id"?: string }; Returns: Json
                           },
"leave_circle":
{ Args: { "circle_id": string }; Returns: undefined
                           },
"leave_conversation":
{ Args: { "conversation_id": string }; Returns: undefined
                           },
"list_abandoned_attachments":
{ Args: { "page_size"?: number }; Returns: string[]
                           },
"list_abandoned_avatars":
{ Args: { "page_size"?: number }; Returns: string[]
                           },
"list_abandoned_portfolio_files":
{ Args: { "page_size"?: number }; Returns: string[]
                           },
"list_access_requests":
{ Args: { "before_created_at"?: string,"before_id"?: string,"page_size"?: number }; Returns: Json[]
                           },
"list_access_requests_sent":
{ Args: { "before_created_at"?: string,"before_id"?: string,"page_size"?: number }; Returns: Json[]
                           },
"list_bans":
{ Args: { "before_at"?: string,"before_id"?: string,"conversation_id": string,"page_size"?: number }; Returns: Json
                           },
"list_blocks":
{ Args: Record<PropertyKey, never>; Returns: Json
                           },
"list_circle_bans":
{ Args: { "before_created_at"?: string,"before_id"?: string,"circle_id": string,"page_size"?: number }; Returns: Json[]
                           },
"list_circle_invitations":
{ Args: { "before_created_at"?: string,"before_id"?: string,"circle_id": string,"page_size"?: number }; Returns: Json[]
                           },
"list_circle_invitations_received":
{ Args: Record<PropertyKey, never>; Returns: Json[]
                           },
"list_circle_shares":
{ Args: { "before_created_at"?: string,"before_id"?: string,"circle_id": string,"page_size"?: number }; Returns: Json[]
                           },
"list_circles":
{ Args: { "before_created_at"?: string,"before_id"?: string,"page_size"?: number }; Returns: Json[]
                           },
"list_comments":
{ Args: { "after_created_at"?: string,"after_id"?: string,"page_size"?: number,"song_id": string }; Returns: Json[]
                           },
"list_content_reports":
{ Args: { "before_at"?: string,"before_id"?: string,"page_size"?: number,"resolved"?: boolean }; Returns: Json[]
                           },
"list_empty_searches":
{ Args: { "days"?: number,"page_size"?: number }; Returns: {
              "last_day": string,"searches": number,"words": string
            }[]
                           },
"list_favorite_songs":
{ Args: { "before_created_at"?: string,"before_id"?: string,"page_size"?: number }; Returns: Json[]
                           },
"list_followers":
{ Args: { "before_at"?: string,"before_id"?: string,"page_size"?: number,"user_id"?: string }; Returns: Json
                           },
"list_following":
{ Args: { "before_at"?: string,"before_id"?: string,"page_size"?: number,"user_id"?: string }; Returns: Json
                           },
"list_heads":
{ Args: { "conversation_ids": (string)[],"since"?: number }; Returns: Json
                           },
"list_last_seen":
{ Args: { "user_ids": (string)[] }; Returns: Json
                           },
"list_library":
{ Args: { "after_id"?: string,"after_name"?: string,"after_place"?: number,"after_title"?: string,"language"?: string,"page_size"?: number,"sort"?: string }; Returns: Json[]
                           },
"list_links":
{ Args: { "target_id": string,"target_kind"?: string }; Returns: Json[]
                           },
"list_messages":
{ Args: { "before_seq"?: number,"conversation_id": string,"page_size"?: number }; Returns: Json
                           },
"list_messages_around":
{ Args: { "conversation_id": string,"page_size"?: number,"seq": number }; Returns: Json
                           },
"list_notices":
{ Args: { "before_created_at"?: string,"before_id"?: string,"only_unread"?: boolean,"page_size"?: number }; Returns: Json[]
                           },
"list_pinned":
{ Args: { "conversation_id": string }; Returns: Json
                           },
"list_portfolio":
{ Args: { "user_id"?: string }; Returns: Json
                           },
"list_profiles":
{ Args: { "after_id"?: string,"page_size"?: number }; Returns: {
              "available_from": string | null,
"avatar_path": string | null,
"bio": string,
"country": string | null,
"created_at": string,
"display_name": string,
"experience": string,
"experience_years": number | null,
"handle": string | null,
"id": string,
"is_listed": boolean,
"languages": Json | null,
"links": Json | null,
"metadata": NonNullable<Json>,
"open_to_work": boolean,
"payment_methods": Json | null,
"professional_types": Json | null,
"rates": Json | null,
"reviews": Json | null,
"shows_payment_methods": boolean,
"software": Json | null,
"tags": Json | null,
"updated_at": string,
"verified_at": string | null
            }[]
                          SetofOptions: {
        from: "*"
        to: "profile_details"
        isOneToOne: false
        isSetofReturn: true
      } },
"list_replies":
{ Args: { "after_seq"?: number,"message_id": string,"page_size"?: number }; Returns: Json
                           },
"list_reports":
{ Args: { "before_at"?: string,"before_id"?: string,"page_size"?: number,"resolved"?: boolean }; Returns: Json
                           },
"list_requests":
{ Args: { "before_at"?: string,"before_id"?: string,"page_size"?: number,"sent"?: boolean }; Returns: Json
                           },
"list_reviews":
{ Args: { "before_at"?: string,"before_id"?: string,"page_size"?: number,"user_id"?: string }; Returns: Json
                           },
"list_setlist_versions":
{ Args: { "before_version"?: number,"page_size"?: number,"setlist_id": string }; Returns: Json[]
                           },
"list_setlists":
{ Args: { "before_created_at"?: string,"before_id"?: string,"page_size"?: number }; Returns: Json[]
                           },
"list_shares":
{ Args: { "before_created_at"?: string,"before_id"?: string,"page_size"?: number,"target_id": string,"target_kind"?: string }; Returns: Json[]
                           },
"list_shares_received":
{ Args: { "before_created_at"?: string,"before_id"?: string,"page_size"?: number }; Returns: Json[]
                           },
"list_shares_sent":
{ Args: { "before_created_at"?: string,"before_id"?: string,"page_size"?: number }; Returns: Json[]
                           },
"list_song_tags":
{ Args: { "song_id": string }; Returns: {
              "category": string,"label": string,"tag_name": string,"tag_type": string
            }[]
                           },
"list_song_versions":
{ Args: { "before_version"?: number,"page_size"?: number,"song_id": string }; Returns: Json[]
                           },
"list_song_ways":
{ Args: { "before_changed_at"?: string,"before_song_id"?: string,"page_size"?: number }; Returns: Json[]
                           },
"list_songs":
{ Args: { "before_created_at"?: string,"before_id"?: string,"owner_id"?: string,"page_size"?: number }; Returns: Database["public"]['CompositeTypes']["song_summary"][]
                          SetofOptions: {
        from: "*"
        to: "song_summary"
        isOneToOne: false
        isSetofReturn: true
      } },
"list_tag_categories":
{ Args: Record<PropertyKey, never>; Returns: {
              "color_hex": string,"description": string,"icon": string,"name": string
            }[]
                           },
"list_transfers":
{ Args: Record<PropertyKey, never>; Returns: Json[]
                           },
"list_trash":
{ Args: { "before_deleted_at"?: string,"before_id"?: string,"page_size"?: number }; Returns: {
              "artist": string,"deleted_at": string,"id": string,"title": string
            }[]
                           },
"list_undelivered":
{ Args: { "after_id"?: number,"page_size"?: number }; Returns: Json
                           },
"mark_active":
{ Args: { "visible"?: boolean }; Returns: boolean
                           },
"mark_read":
{ Args: { "conversation_id": string,"seq": number }; Returns: Json
                           },
"offer_share":
{ Args: { "email"?: string,"expires_at"?: string,"message"?: string,"role": string,"target_id": string,"target_kind"?: string,"user_id"?: string,"with_songs"?: boolean }; Returns: Json
                           },
"offer_transfer":
{ Args: { "message"?: string,"target_id": string,"target_kind"?: string,"user_id": string }; Returns: Json
                           },
"open_circle_conversation":
{ Args: { "circle_id": string }; Returns: string
                           },
"open_direct":
{ Args: { "other_id": string }; Returns: Json
                           },
"open_link":
{ Args: { "token": string }; Returns: Json
                           },
"pin_message":
{ Args: { "message_id": string,"pinned"?: boolean }; Returns: Json
                           },
"prune_notices":
{ Args: { "batch_size"?: number,"older_than"?: string }; Returns: number
                           },
"prune_song_history":
{ Args: { "batch_size"?: number,"keep"?: number,"older_than"?: string }; Returns: number
                           },
"purge_song":
{ Args: { "song_id": string }; Returns: undefined
                           },
"purge_trash":
{ Args: { "batch_size"?: number,"older_than"?: string }; Returns: number
                           },
"react":
{ Args: { "emoji": string,"message_id": string,"present"?: boolean }; Returns: Json
                           },
"read_notices":
{ Args: { "notice_ids"?: (string)[] }; Returns: number
                           },
"recommend_songs":
{ Args: { "page_size"?: number }; Returns: {
              "artist": string,"because_id": string,"because_title": string,"id": string,"reason": string,"score": number,"title": string
            }[]
                           },
"recompute_popular_tags":
{ Args: Record<PropertyKey, never>; Returns: number
                           },
"record_conversion":
{ Args: { "conversation_id": string }; Returns: boolean
                           },
"record_conversion_for":
{ Args: { "conversation_id": string,"profile_id": string }; Returns: boolean
                           },
"record_song_play":
{ Args: { "song_id": string }; Returns: Json
                           },
"refresh_popularity":
{ Args: { "batch_size"?: number }; Returns: number
                           },
"release_circle_conversation":
{ Args: { "circle_id": string }; Returns: undefined
                           },
"remove_circle_member":
{ Args: { "circle_id": string,"user_id": string }; Returns: Json
                           },
"remove_circle_share":
{ Args: { "share_id": string }; Returns: undefined
                           },
"remove_participant":
{ Args: { "conversation_id": string,"user_id": string }; Returns: Json
                           },
"remove_portfolio_item":
{ Args: { "item_id": string }; Returns: string
                           },
"remove_review":
{ Args: { "review_id": string }; Returns: undefined
                           },
"report_content":
{ Args: { "kind": string,"note"?: string,"reason": string,"subject_id": string }; Returns: undefined
                           },
"report_message":
{ Args: { "message_id": string,"note"?: string,"reason": string }; Returns: undefined
                           },
"request_access":
{ Args: { "message"?: string,"target_id": string,"target_kind"?: string }; Returns: undefined
                           },
"request_contact":
{ Args: { "user_id": string }; Returns: string
                           },
"resolve_comment":
{ Args: { "comment_id": string,"resolved"?: boolean }; Returns: Json
                           },
"resolve_content_report":
{ Args: { "note"?: string,"report_id": string }; Returns: undefined
                           },
"resolve_report":
{ Args: { "note"?: string,"report_id": string }; Returns: undefined
                           },
"restore_setlist_version":
{ Args: { "setlist_id": string,"version": number }; Returns: Json
                           },
"restore_song":
{ Args: { "song_id": string }; Returns: {
              "album": string | null,
"artist": string | null,
"artist_words": string,
"capo_fret": number | null,
"chord_set": number | null,
"chordpro_metadata": NonNullable<Json>,
"chords": NonNullable<Json>,
"content": string,
"created_at": string,
"created_by": string,
"deleted_at": string | null,
"derived_fields": (string)[],
"difficulty_level": number | null,
"duration_seconds": number | null,
"genre": string | null,
"header_vector": unknown,
"id": string,
"key": string | null,
"language": string | null,
"lyrics": string,
"metadata": NonNullable<Json>,
"popularity": number,
"search_terms": (string)[],
"search_vector": unknown,
"source_type": string,
"source_url": string | null,
"style": string | null,
"tempo": number | null,
"time_signature": string | null,
"title": string,
"title_words": string,
"updated_at": string,
"version": number,
"visibility": string,
"word_pairs": (number)[],
"year": number | null
            }
                          SetofOptions: {
        from: "*"
        to: "songs"
        isOneToOne: true
        isSetofReturn: true
      } },
"restore_song_version":
{ Args: { "song_id": string,"version": number }; Returns: Json
                           },
"review_user":
{ Args: { "content"?: string,"conversation_id": string,"rating": number }; Returns: Json
                           },
"revoke_circle_invitation":
{ Args: { "invitation_id": string }; Returns: undefined
                           },
"revoke_link":
{ Args: { "link_id": string }; Returns: undefined
                           },
"revoke_share":
{ Args: { "share_id": string }; Returns: string
                           },
"role_in":
{ Args: { "target_id": string,"target_kind"?: string }; Returns: string
                           },
"roll_up_analytics":
{ Args: { "batch_size"?: number }; Returns: number
                           },
"save_portfolio_item":
{ Args: { "item": Json,"item_id": string }; Returns: Json
                           },
"save_song":
{ Args: { "changes": Json,"expected_version"?: number,"song_id": string,"summary"?: string }; Returns: Json
                           },
"search_messages":
{ Args: { "before_at"?: string,"before_id"?: string,"conversation_id"?: string,"page_size"?: number,"query": string }; Returns: Json
                           },
"search_profiles":
{ Args: { "after"?: Json,"filters"?: Json,"page_size"?: number,"query"?: string,"sort"?: string }; Returns: Json
                           },
"search_songs":
{ Args: { "after_id"?: string,"after_name"?: string,"after_popularity"?: number,"after_score"?: number,"after_tier"?: number,"filters"?: Json,"page_size"?: number,"query"?: string,"sort"?: string }; Returns: Json
                           },
"send_message":
{ Args: { "content": string,"conversation_id": string,"extras"?: Json,"message_id": string,"metadata"?: Json }; Returns: Json
                           },
"set_avatar":
{ Args: { "path": string }; Returns: Json
                           },
"set_circle_picture":
{ Args: { "circle_id": string,"path": string }; Returns: Json
                           },
"set_circle_role":
{ Args: { "circle_id": string,"role": string,"user_id": string }; Returns: Json
                           },
"set_contact_rules":
{ Args: { "rules": Json }; Returns: Json
                           },
"set_conversation_flags":
{ Args: { "conversation_id": string,"flags": Json }; Returns: Json
                           },
"set_draft":
{ Args: { "conversation_id": string,"draft": Json }; Returns: Json
                           },
"set_role":
{ Args: { "conversation_id": string,"role": string,"user_id": string }; Returns: Json
                           },
"set_song_way":
{ Args: { "changes": Json,"song_id": string }; Returns: Json
                           },
"share_with_circle":
{ Args: { "circle_id": string,"expires_at"?: string,"role"?: string,"target_id": string,"target_kind"?: string,"with_songs"?: boolean }; Returns: Json
                           },
"similar_songs":
{ Args: { "page_size"?: number,"song_id": string }; Returns: {
              "artist": string,"chords": (string)[],"id": string,"same_genre": boolean,"same_key": boolean,"score": number,"tags": (string)[],"title": string
            }[]
                           },
"suggest_software":
{ Args: { "page_size"?: number,"prefix": string }; Returns: Json
                           },
"suggest_song_tags":
{ Args: { "category"?: string,"page_size"?: number,"prefix"?: string }; Returns: {
              "category": string,"label": string,"tag_name": string,"uses": number
            }[]
                           },
"suggest_songs":
{ Args: { "page_size"?: number,"prefix": string }; Returns: {
              "kind": string,"value": string
            }[]
                           },
"suggest_tags":
{ Args: { "kind"?: string,"page_size"?: number,"prefix": string }; Returns: Json
                           },
"sync_conversation":
{ Args: { "conversation_id": string,"page_size"?: number,"since_revision"?: number }; Returns: Json
                           },
"sync_inbox":
{ Args: { "since"?: number }; Returns: Json
                           },
"sync_songs":
{ Args: { "known": Json }; Returns: Json
                           },
"tag_song":
{ Args: { "category"?: string,"labels": (string)[],"song_id": string }; Returns: {
              "category": string,"label": string,"tag_name": string,"tag_type": string
            }[]
                           },
"tertulia_schema_version":
{ Args: Record<PropertyKey, never>; Returns: number
                           },
"top_songs":
{ Args: { "before_id"?: string,"before_value"?: number,"metric"?: string,"only_own"?: boolean,"page_size"?: number }; Returns: {
              "artist": string,"created_by": string,"favorite_count": number,"id": string,"monthly_views": number,"popularity_score": number,"share_count": number,"title": string,"value": number,"view_count": number,"visibility": string,"weekly_views": number
            }[]
                           },
"track_events":
{ Args: { "batch": Json }; Returns: Json
                           },
"transfer_circle":
{ Args: { "circle_id": string,"user_id": string }; Returns: Json
                           },
"unban_from_circle":
{ Args: { "circle_id": string,"user_id": string }; Returns: undefined
                           },
"unban_user":
{ Args: { "conversation_id": string,"user_id": string }; Returns: undefined
                           },
"unblock_user":
{ Args: { "user_id": string }; Returns: undefined
                           },
"unfavorite_song":
{ Args: { "song_id": string }; Returns: undefined
                           },
"unfollow_user":
{ Args: { "user_id": string }; Returns: undefined
                           },
"untag_song":
{ Args: { "labels": (string)[],"song_id": string }; Returns: undefined
                           },
"unverify_profile":
{ Args: { "user_id": string }; Returns: undefined
                           },
"update_circle":
{ Args: { "circle_id": string,"name": string }; Returns: Json
                           },
"update_group":
{ Args: { "changes": Json,"conversation_id": string }; Returns: Json
                           },
"update_profile":
{ Args: { "changes": Json }; Returns: {
              "available_from": string | null,
"avatar_path": string | null,
"bio": string,
"country": string | null,
"created_at": string,
"display_name": string,
"experience": string,
"experience_years": number | null,
"handle": string | null,
"id": string,
"is_listed": boolean,
"languages": Json | null,
"links": Json | null,
"metadata": NonNullable<Json>,
"open_to_work": boolean,
"payment_methods": Json | null,
"professional_types": Json | null,
"rates": Json | null,
"reviews": Json | null,
"shows_payment_methods": boolean,
"software": Json | null,
"tags": Json | null,
"updated_at": string,
"verified_at": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "profile_details"
        isOneToOne: true
        isSetofReturn: true
      } },
"update_song":
{ Args: { "changes": Json,"song_id": string }; Returns: {
              "album": string | null,
"artist": string | null,
"artist_words": string,
"capo_fret": number | null,
"chord_set": number | null,
"chordpro_metadata": NonNullable<Json>,
"chords": NonNullable<Json>,
"content": string,
"created_at": string,
"created_by": string,
"deleted_at": string | null,
"derived_fields": (string)[],
"difficulty_level": number | null,
"duration_seconds": number | null,
"genre": string | null,
"header_vector": unknown,
"id": string,
"key": string | null,
"language": string | null,
"lyrics": string,
"metadata": NonNullable<Json>,
"popularity": number,
"search_terms": (string)[],
"search_vector": unknown,
"source_type": string,
"source_url": string | null,
"style": string | null,
"tempo": number | null,
"time_signature": string | null,
"title": string,
"title_words": string,
"updated_at": string,
"version": number,
"visibility": string,
"word_pairs": (number)[],
"year": number | null
            }
                          SetofOptions: {
        from: "*"
        to: "songs"
        isOneToOne: true
        isSetofReturn: true
      } },
"verify_profile":
{ Args: { "display_name": string,"handle": string,"user_id": string }; Returns: undefined
                           },
"watch_circle":
{ Args: { "circle_id": string,"known_version"?: number }; Returns: Json
                           },
"watch_comments":
{ Args: { "known_revision"?: number,"reads_all"?: boolean,"song_id": string }; Returns: Json
                           },
"watch_setlist":
{ Args: { "known_version"?: number,"setlist_id": string }; Returns: Json
                           },
"watch_song":
{ Args: { "known_version"?: number,"song_id": string }; Returns: Json
                           },
"withdraw_access_request":
{ Args: { "request_id": string }; Returns: undefined
                           }
          }
          Enums: {
            [_ in never]: never
          }
          CompositeTypes: {
            "song_details": {
                        "id": string | null,"title": string | null,"artist": string | null,"album": string | null,"content": string | null,"lyrics": string | null,"chords": Json | null,"key": string | null,"tempo": number | null,"time_signature": string | null,"capo_fret": number | null,"genre": string | null,"style": string | null,"language": string | null,"year": number | null,"duration_seconds": number | null,"difficulty_level": number | null,"source_url": string | null,"source_type": string | null,"visibility": string | null,"created_by": string | null,"chordpro_metadata": Json | null,"metadata": Json | null,"version": number | null,"created_at": string | null,"updated_at": string | null
                      },"song_summary": {
                        "id": string | null,"title": string | null,"artist": string | null,"album": string | null,"key": string | null,"tempo": number | null,"time_signature": string | null,"capo_fret": number | null,"genre": string | null,"style": string | null,"language": string | null,"year": number | null,"duration_seconds": number | null,"difficulty_level": number | null,"visibility": string | null,"created_by": string | null,"version": number | null,"created_at": string | null,"updated_at": string | null
                      }
          }
        }
}

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
  ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R
    }
    ? R
    : never
  : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I
    }
    ? I
    : never
  : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U
    }
    ? U
    : never
  : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
  ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
  ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never

export const Constants = {
  "public": {
          Enums: {
            
          }
        }
} as const
